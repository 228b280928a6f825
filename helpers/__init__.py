"""What the lessons share: numerics, pictures, sliders and exercises."""

"""What lessons import: numerics, plots and sliders. `server` is what `run.py lab` gives to Jupyter."""

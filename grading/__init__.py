"""What an instructor runs to grade a class."""

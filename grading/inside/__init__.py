"""What is put into the sandbox."""

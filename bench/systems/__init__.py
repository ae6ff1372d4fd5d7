"""What is measured, one file a system."""

"""What stands in for engines."""

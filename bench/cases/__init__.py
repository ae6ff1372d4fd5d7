"""What is measured about them, one file a kind of case."""

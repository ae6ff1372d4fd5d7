"""What `bench/guard.py` is made of."""

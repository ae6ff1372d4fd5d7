"""The engine: one request from its plan to its last byte. `pipeline.py` is the first file to read."""

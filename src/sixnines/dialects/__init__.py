"""Wire formats, without I/O: bytes to values and back. One folder a format, one neutral form in the middle."""

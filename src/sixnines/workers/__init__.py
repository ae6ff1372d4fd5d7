"""Several processes that serve one address, and their parent. Loaded only where it is asked for."""

"""The pages of `/ui`, one file each, listed in `web/registry.py`."""

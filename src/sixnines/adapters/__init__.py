"""Other systems' configs to ours and back, with a report of every key. Pure: files are read and written by the commands."""

"""Other systems' configs to ours and back, with a report of every key.

Never touches a file: the commands read and write them.
"""

"""`sixnines quickstart`: two real engines and the gateway, or a config for the engines that run already.

Starts processes and speaks HTTP to them; never reaches into the gateway's own code.
"""

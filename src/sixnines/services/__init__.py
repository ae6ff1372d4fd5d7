"""`sixnines service`: the gateway and the engines of its providers as services of this machine.

Runs processes and speaks HTTP to them; never reaches into the gateway's own code, and never writes a secret down.
"""

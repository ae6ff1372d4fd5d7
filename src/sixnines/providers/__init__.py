"""Provider kinds: what each engine or cloud wants to be asked, and what its answers mean. Pure; no I/O."""

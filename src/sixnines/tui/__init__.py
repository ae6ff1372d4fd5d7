"""`sixnines top`: a gateway watched in a terminal. Speaks to it through `client` only; no other command loads this."""

"""Which deployments are asked, and in which order. Pure: health and memory are arguments."""

"""What is known about the health of each deployment, from probes and from what happened to requests."""

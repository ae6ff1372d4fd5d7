"""What must survive the process: counts of outcomes, in a file of the state folder."""

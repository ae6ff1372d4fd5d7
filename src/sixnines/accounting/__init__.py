"""What tokens were used and what they cost, as it is counted, kept and told."""

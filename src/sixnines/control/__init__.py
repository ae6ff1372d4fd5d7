"""Changes of the config as transactions: what is recorded, what would change, how a change is made and taken back."""

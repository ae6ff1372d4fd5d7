"""Load on an OpenAI-compatible endpoint: requests when they are due, and a report of what came of them."""

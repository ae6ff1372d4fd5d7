"""Request bodies read for their features: counts, and a few kilobytes of text that are looked at and dropped."""

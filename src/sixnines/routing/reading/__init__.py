"""Request bodies read for their features: what is counted, and a few kilobytes of text that are looked at and dropped."""

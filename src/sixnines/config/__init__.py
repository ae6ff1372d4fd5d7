"""Config: a YAML document, all of its problems at once, and the immutable snapshot compiled from it."""

"""Other tools, each in an environment of its own, made to do the same work."""

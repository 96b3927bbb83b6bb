"""One record, sent to see what comes of it."""

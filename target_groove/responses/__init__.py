"""Groove's answers as a stream: what each is, and the ways on which it is told."""

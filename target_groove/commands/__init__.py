"""The commands beside the target itself, one file each."""

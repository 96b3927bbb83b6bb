"""What a run leaves behind beside the deliveries: records set aside, and counts."""

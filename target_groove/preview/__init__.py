"""What would be sent: the way of a run, up to the place where a request would leave."""

"""From a request to its outcome: look-ups, pacing, the HTTP call, the judgement of its answer."""

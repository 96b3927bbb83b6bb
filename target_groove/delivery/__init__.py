"""From a request to its outcome: look-ups, pacing, the HTTP call and the judgement of its answer."""

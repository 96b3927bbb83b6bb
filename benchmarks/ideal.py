"""What the best possible client would need."""

from __future__ import annotations


def at_latency(requests: int, *, latency: float, in_flight: int) -> float:
    """Seconds for requests of which so many are always under way: `latency / in_flight` each."""
    return requests * latency / in_flight


def at_window(requests: int, *, limit: int, window: float) -> float:
    """Seconds from the first request to the last under a window that begins with the first.

    The best client uses every window whole and at once, so the last request leaves when the last
    window begins. That is the same for a fixed and for a sliding window.
    """
    return max(0, requests - 1) // limit * window


def at_bucket(requests: int, *, limit: int, window: float) -> float:
    """Seconds from the first request to the last from a bucket that is full at the beginning.

    Args:
        requests: How many.
        limit: What the bucket holds.
        window: Seconds in which it fills.
    """
    return max(0, requests - limit) * window / limit


def at_real_clock(seconds: float, *, between: float, factor: float) -> float:
    """What a run with a shortened window would have taken with the real one.

    What lies between the first request and the last is stretched with everything in it; start and
    end of the process are not.

    Args:
        seconds: The whole run.
        between: From the first request to the last.
        factor: How many times longer the real window is.
    """
    return seconds - between + between * factor

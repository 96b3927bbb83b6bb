"""Runs the loader with a shorter window for its request limit, so that minutes become seconds.

    python -m benchmarks.scaled_window SECONDS ARGUMENTS...

Only the length of the window differs: a limit that is said to be a minute's is then one of so many
seconds.
"""

from __future__ import annotations

import sys

from target_groove.delivery import pacing


def main() -> None:
    """Set the window before anything else has read it, and run."""
    pacing.WINDOW_SECONDS = float(sys.argv.pop(1))  # type: ignore[misc]
    from target_groove.cli import main as run  # noqa: PLC0415 - reads the window when loaded

    sys.argv[0] = "target-groove"
    run()


if __name__ == "__main__":
    main()

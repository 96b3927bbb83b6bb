"""`python -m target_groove` and the script `target-groove`."""

from __future__ import annotations

import gc


def main() -> None:
    """Load the program and run its command line."""
    # What modules define is no garbage, and looking through it time and again is a fifth of the
    # start. Frozen, it is not looked through later either.
    gc.disable()
    from target_groove.cli import main as run  # noqa: PLC0415 - loaded while nothing is collected

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()

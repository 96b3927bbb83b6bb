"""`python -m target_groove`, and the scripts `target-groove` and `map-groove`."""

from __future__ import annotations

import gc


def main(name: str = "main") -> None:
    """Load the program and run its command line.

    Args:
        name: Which of those in `cli`.
    """
    # What modules define is no garbage, and looking through it time and again is a fifth of the
    # start. Frozen, it is not looked through later either.
    gc.disable()
    from target_groove import cli  # noqa: PLC0415 - loaded while nothing is collected

    gc.freeze()
    gc.enable()
    getattr(cli, name)()


def map_groove() -> None:
    """Do the same for the mapper."""
    main("main_of_mapper")


if __name__ == "__main__":
    main()

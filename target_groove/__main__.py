"""`python -m target_groove` and the script `target-groove`."""

from __future__ import annotations

from target_groove.cli import main

if __name__ == "__main__":
    main()

"""The bare server as its users see it: a process with a URL, and counts at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.bare_server import Counts
from benchmarks.measure import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Rule:
    """What a server does.

    Attributes:
        milliseconds: How long it lets every request wait.
        kind: `fixed`, `sliding` or `bucket`.
        limit: Requests in a window; 0 for no limit.
        window_seconds: The window.
    """

    milliseconds: float = 0.0
    kind: str = "fixed"
    limit: int = 0
    window_seconds: float = 1.0


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        url: Its address, without a slash at the end.
    """

    url: str

    def counts(self) -> Counts:
        """Ask what it saw until now."""
        with urllib.request.urlopen(f"{self.url}/_counts", timeout=30) as answer:  # noqa: S310
            return Counts(**json.load(answer))


@contextmanager
def bare_server(rule: Rule | None = None) -> Iterator[Server]:
    """Run a server of its own."""
    rule = rule or Rule()
    given = (rule.milliseconds, rule.kind, rule.limit, rule.window_seconds)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare_server", *map(str, given)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        try:
            yield Server(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()

"""Other tools that can post every record of a file, beside the loader."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.ideal import at_latency, at_window
from benchmarks.measure import Measured, NotMeasuredError
from benchmarks.measure import measure as run
from benchmarks.pairing import in_turns, ratio
from benchmarks.peers.catalogue import IN_FLIGHT, PEERS, Peer
from benchmarks.peers.environments import installed
from benchmarks.served import Rule, bare_server
from benchmarks.tables import Section, Table, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bare_server import Counts
    from benchmarks.lab import Lab

RECORDS = 5_000
ROUNDS = 3
SLOW_RECORDS = 320
MILLISECONDS = 50
LIMITED_RECORDS = 300
LIMIT = 50
_SESSION = "one `requests.Session`"
_OURS = "target-groove, new SQLite ledger"


@dataclass(frozen=True)
class Run:
    """One delivery.

    Attributes:
        counts: What the server saw.
        process: The process; None if it failed.
    """

    counts: Counts
    process: Measured | None

    @property
    def answered(self) -> int:
        """Requests that were not refused."""
        return self.counts.requests - self.counts.refused


def measure(lab: Lab) -> Section:
    """Let each tool deliver the same files, in turns."""
    if not lab.peers:
        return Section(sentences=("Other tools were left out (`PEERS=0`).",))
    kinds: dict[str, Callable[[Path, Rule], Run]] = {
        _SESSION: _session,
        _OURS: partial(_ours, lab),
    }
    left_out = []
    for peer in PEERS:
        try:
            programs = installed(peer.package)
            deliver = partial(_peer, lab, peer, programs)
        except NotMeasuredError as error:
            left_out.append(f"{peer.name} was left out: {error}.")
            continue
        if deliver(lab.tickets(3), Rule()).answered:
            kinds[f"{peer.name} ({_version(peer)})"] = deliver
        else:
            left_out.append(f"{peer.name} was left out: it does not run here.")
    tables = (_at_once(lab, kinds), _slow(lab, kinds), _limited(lab, kinds))
    return Section(tables, sentences=tuple(left_out))


def _version(peer: Peer) -> str:
    pinned = Path(__file__).parents[1] / "peers" / f"constraints-{peer.package}.txt"
    lines = pinned.read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{peer.package}=="))


def _session(source: Path, rule: Rule) -> Run:
    with bare_server(rule) as server:
        loop: list[str | Path] = [
            "-m",
            "benchmarks.bare_loops",
            "session",
            f"{server.url}/v1/tickets",
            source,
        ]
        return _run(partial(run, loop), server.counts)


def _ours(lab: Lab, source: Path, rule: Rule) -> Run:
    chosen = IN_FLIGHT if lab.loader.sends_several_at_once else None
    with bare_server(rule) as server:
        url = f"{server.url}/v1"
        start = partial(lab.loader.deliver, source, url, max_in_flight=chosen)
        return _run(start, server.counts)


def _peer(lab: Lab, peer: Peer, programs: Path, source: Path, rule: Rule) -> Run:
    with bare_server(rule) as server, tempfile.TemporaryDirectory(dir=lab.folder) as name:
        folder = Path(name)
        command = peer.prepare(programs, folder, server.url, source)
        return _run(
            partial(
                run,
                command.arguments,
                python=programs / "python",
                source=command.source,
                variables=command.variables,
                folder=folder,
            ),
            server.counts,
        )


def _run(start: Callable[[], Measured], counts: Callable[[], Counts]) -> Run:
    try:
        process = start()
    except NotMeasuredError:
        return Run(counts(), None)
    return Run(counts(), process)


def _at_once(lab: Lab, kinds: dict[str, Callable[[Path, Rule], Run]]) -> Table:
    count = lab.sized(RECORDS)
    source = lab.tickets(count)
    runs = in_turns({name: partial(kind, source, Rule()) for name, kind in kinds.items()}, ROUNDS)
    first = [each.process.seconds for each in runs[_SESSION] if each.process]
    rows = []
    for name, own in runs.items():
        done = [each.process for each in own if each.process and each.answered >= count]
        if len(done) < ROUNDS:
            rows.append((name, "failed", "", "", ""))
            continue
        times = [each.seconds for each in done]
        between = [each.counts.last - each.counts.first for each in own]
        rows.append(
            (
                name,
                seconds(statistics.median(times)),
                f"{ratio(times, first):.2f}",
                f"{count / statistics.median(between):,.0f}",
                f"{max(each.peak_mib for each in done):.0f}",
            )
        )
    columns = (
        "seconds, whole run",
        "beside the session",
        "records a second, first request to last answer",
        "peak memory, MiB",
    )
    return Table(f"{count:,} records, 0 ms; medians of {ROUNDS}", columns, tuple(rows))


def _slow(lab: Lab, kinds: dict[str, Callable[[Path, Rule], Run]]) -> Table:
    count = lab.sized(SLOW_RECORDS, at_least=32)
    rows = []
    for name, kind in kinds.items():
        own = kind(lab.tickets(count), Rule(milliseconds=MILLISECONDS))
        if own.process is None or own.answered < count:
            rows.append((name, "failed", "", ""))
            continue
        held = own.counts.held_seconds / own.counts.requests
        ideal = at_latency(count, latency=held, in_flight=IN_FLIGHT)
        share = ideal / (own.counts.last - own.counts.first)
        rows.append(
            (name, seconds(own.process.seconds), str(own.counts.most_at_once), f"{share:.2f}")
        )
    columns = (
        "seconds, whole run",
        "most at once",
        f"share of {IN_FLIGHT} / latency, first request to last answer",
    )
    return Table(f"{count:,} records, {MILLISECONDS} ms, one run", columns, tuple(rows))


def _limited(lab: Lab, kinds: dict[str, Callable[[Path, Rule], Run]]) -> Table:
    count = lab.sized(LIMITED_RECORDS, at_least=2 * LIMIT)
    ideal = at_window(count, limit=LIMIT, window=1.0)
    rows = []
    for name, kind in kinds.items():
        own = kind(lab.tickets(count), Rule(kind="fixed", limit=LIMIT, window_seconds=1.0))
        whole = own.process is not None and own.answered >= count
        took = own.process.seconds if own.process else 0.0
        rows.append(
            (
                name,
                f"{own.answered:,}" + ("" if whole else ", failed"),
                seconds(took) if whole else "",
                f"{took / ideal:.2f}" if whole else "",
                str(own.counts.refused),
            )
        )
    columns = ("delivered", "seconds, whole run", f"beside the ideal {ideal:.0f} s", "answers 429")
    title = f"{count:,} records at an unknown limit of {LIMIT} a second, fixed window, one run"
    return Table(title, columns, tuple(rows))

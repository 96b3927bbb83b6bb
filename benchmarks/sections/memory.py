"""Whether memory grows with the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.tables import Section, Table

if TYPE_CHECKING:
    from benchmarks.lab import Lab

SIZES = (1_000, 10_000, 100_000)
MOST = 1_000_000
"""Takes a quarter of an hour; only with `--full`."""
_BASE = SIZES[1]


def measure(lab: Lab) -> Section:
    """Deliver more and more records to a server that answers at once.

    Raises:
        NotMeasuredError: The loader failed.
    """
    peaks = {}
    for size in (*SIZES, MOST) if lab.full else SIZES:
        measured, _ = lab.delivered(lab.sized(size))
        peaks[size] = measured.peak_mib
    rows = tuple(
        (f"{lab.sized(size):,}", f"{peak:.0f}", f"{peak / peaks[_BASE]:.2f}")
        for size, peak in peaks.items()
    )
    columns = ("peak memory, MiB", f"beside {lab.sized(_BASE):,}")
    notes = (
        () if lab.full else ("A million records are delivered only by `make bench ARGS=--full`.",)
    )
    name = "memory_full" if lab.full else "memory"
    figures = {name: peaks[max(peaks)] / peaks[_BASE]}
    return Section((Table("records, new ledger", columns, rows, notes),), figures)

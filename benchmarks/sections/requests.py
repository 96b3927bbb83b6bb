"""How many requests a record costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import samples
from benchmarks.inputs import write_stream
from benchmarks.local_groove import LocalGroove, local_groove
from benchmarks.measure import NotMeasuredError
from benchmarks.syncs import SYNCS
from benchmarks.tables import Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.lab import Lab
    from benchmarks.samples import Record

JUDGED = "10,000 contacts, 1 % changed"


class Deliveries:
    """Deliveries of one stream into a sandbox, one after the other, on one ledger."""

    def __init__(self, lab: Lab, groove: LocalGroove, stream: str) -> None:
        """Start with a new ledger."""
        self._lab = lab
        self._groove = groove
        self._stream = stream
        self._ledger = lab.loader.new_ledger()

    def __call__(self, records: Iterable[Record]) -> int:
        """Deliver records.

        Returns:
            How many requests that took.

        Raises:
            NotMeasuredError: The loader failed.
        """
        source = write_stream(self._lab.folder / "requests.jsonl", self._stream, records)
        self._groove.new_requests()
        self._lab.loader.deliver(
            source,
            self._groove.api_url,
            api_token=self._groove.token,
            ledger_url=self._ledger,
            exclude_attributes=["id"],
        )
        return self._groove.new_requests()


def measure(lab: Lab) -> Section:
    """Count the requests for each template, and for what people do every night."""
    with local_groove() as groove:
        templates = _templates(lab, groove)
    with local_groove() as groove:
        syncs, figures = _syncs(lab, groove)
    return Section((syncs, templates), figures)


def _templates(lab: Lab, groove: LocalGroove) -> Table:
    names = samples.fill(groove)
    rows = []
    for template in lab.loader.endpoints:
        if template in samples.LOCAL:
            continue
        try:
            row = _template(Deliveries(lab, groove, template), template, names)
        except NotMeasuredError as error:
            row = (_in_a_cell(error), "", "")
        rows.append((f"`{template}`", *row))
    title = f"Requests a record, {samples.COUNT} records of each template"
    return Table(title, ("new", "again", "changed"), tuple(rows))


def _template(
    deliver: Deliveries, template: str, names: list[dict[str, str]]
) -> tuple[str, str, str]:
    if template not in samples.SAMPLES:
        msg = "there is no sample for it"
        raise NotMeasuredError(msg)
    first, later = samples.SAMPLES[template]
    new = deliver(samples.records(first, names))
    again = deliver(samples.records(first, names))
    if not later:
        return _each(new), _each(again), "-"
    changed = deliver(samples.records({**first, **later}, names))
    return _each(new), _each(again), _each(changed)


def _in_a_cell(error: Exception) -> str:
    return str(error).replace("|", "/")


def _each(requests: int) -> str:
    return f"{requests / samples.COUNT:g}"


def _syncs(lab: Lab, groove: LocalGroove) -> tuple[Table, dict[str, float]]:
    rows, figures = [], {}
    for sync in SYNCS:
        if sync.stream not in lab.loader.endpoints:
            rows.append((sync.name, f"this version has no `{sync.stream}`", "", ""))
            continue
        count = lab.sized(sync.records, at_least=100)
        deliver = Deliveries(lab, groove, sync.stream)
        try:
            first = deliver(sync.make(count, 0))
            second = deliver(sync.make(count, 1))
        except NotMeasuredError as error:
            rows.append((sync.name, _in_a_cell(error), "", ""))
            continue
        told = sync.name if lab.scale == 1 else f"{sync.name} (scaled to {count:,})"
        rows.append((told, f"{first:,}", f"{second:,}", f"{second / count:.3g}"))
        if sync.name == JUDGED:
            figures["contacts"] = float(second)
    columns = ("requests, first run", "requests, second run", "a record")
    return Table("What people do every night", columns, tuple(rows)), figures

"""Which Groove object a row is about, so that rows of one object meet in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.ledger.identity import record_key
from target_groove.ordering import object_of
from target_groove.payload import PayloadBuilder
from target_groove.spark.routes_apart import is_apart, shares_requests

if TYPE_CHECKING:
    from target_groove.spark.job import Job
    from target_groove.spark.rows import Row

_ALL: Final = "all"


class Objects:
    """Names the objects of rows."""

    def __init__(self, job: Job) -> None:
        """Take the route of a write."""
        self._route = job.configured().routes.routes[0]
        self._builder = PayloadBuilder(self._route)
        self._key = job.key

    def of(self, row: Row) -> str:
        """Name the object of a row; a row of which no payload can be made is about itself."""
        if shares_requests(self._route):
            return _ALL
        own = record_key(row.record.get(each) for each in self._key)
        if is_apart(self._route):
            return own
        template = self._route.template
        try:
            params = self._builder.build(row.record).params
            found = object_of(template, params)
        except Exception:  # noqa: BLE001 - whoever delivers it says what is wrong with it
            return own
        return own if found is None else repr(found)

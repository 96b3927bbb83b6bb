"""The target for rows of a frame: the Singer target, but for where its records come from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from target_groove.assembly import Parts, ledger_and_pacer, put_together
from target_groove.delivery.request import Source
from target_groove.makers import Makers
from target_groove.outputs.notices import Notices
from target_groove.outputs.watching import count_only
from target_groove.preparing import Preparing
from target_groove.preview.parts import NoOutput
from target_groove.spark.answers import keep_answers
from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_groove.batching import Item
    from target_groove.spark.job import Job
    from target_groove.spark.rows import Row
    from target_groove.streams import Stream


class _RowMessage(dict[str, Any]):
    """A RECORD message that a row stands behind.

    Attributes:
        digest: The row's; empty if it is not known by that.
    """

    digest = b""


class _RowPreparing(Preparing):
    """Has records known by the digests of their rows."""

    follows_the_record = False

    def prepare(
        self, stream: Stream, source: Source, record: Mapping[str, Any], key: Mapping[str, Any]
    ) -> Item:
        """Make the item of a record; see `Preparing.prepare`."""
        item = super().prepare(stream, source, record, key)
        message = source.message
        if item.intent is None or not isinstance(message, _RowMessage) or not message.digest:
            return item
        record_hash = stream.row_hash(item.intent.content_hash, message.digest)
        return item._replace(intent=item.intent._replace(record_hash=record_hash))


class RowTarget(GrooveTarget):
    """Delivers rows to one account."""

    def __init__(self, job: Job, *, account: str, dead_letter_path: str | None) -> None:
        """Check the configuration; nothing is opened yet.

        Args:
            job: The write.
            account: The account; empty if there is one.
            dead_letter_path: Where rejected rows are set aside; None for where it is by default.
        """
        super().__init__(config={**job.config_for(account), "dead_letter_path": dead_letter_path})
        self._job = job
        self._account = account
        self._row_place = ""

    def deliver_rows(self, rows: Iterable[Row], *, go_on: Callable[[], None]) -> None:
        """Find out what dead tasks left in doubt, deliver rows, and wait until all are settled.

        Args:
            rows: The rows, those of one object in their order.
            go_on: Called before each row; raises what ends the delivery.

        Raises:
            TargetGrooveError: Delivery stopped; the text says why.
        """
        if self._sets_aside:
            self.parts.dead_letters.check()
        with self.parts.sending:
            self.parts.recover()
            self._begin()
            for row in rows:
                go_on()
                self._row_place = row.place
                message = _RowMessage(type="RECORD", stream=self._job.stream, record=row.record)
                message.digest = row.digest
                self._process_record_message(message)
            self.parts.pipeline.finish()
        self._is_delivered = True

    def refuse_rows(self, rows: Iterable[Row], reason: str) -> None:
        """Reject rows of which nothing can be sent.

        Raises:
            DeliveryError: The policy is to stop.
        """
        self._begin()
        for row in rows:
            self._row_place = row.place
            self._message = _RowMessage(type="RECORD", stream=self._job.stream, record=row.record)
            self._reject_message(reason)

    def _begin(self) -> None:
        job = self._job
        schema = {"schema": dict(job.schema), "key_properties": list(job.key)}
        self._row_place = "The frame"
        self._process_schema_message({"type": "SCHEMA", "stream": job.stream, **schema})

    def _setup_signal_handlers(self) -> None:
        """Leave signals to Spark: a task ends with its process, and the ledger knows."""

    def _assemble(self) -> Parts:
        notices = Notices(self.logger)
        ledger, pacer = ledger_and_pacer(self.settings, self._stop, notices)
        return put_together(
            self.settings,
            ledger,
            pacer,
            stop=self._stop,
            logger=self.logger,
            notices=notices,
            makers=Makers(
                preparing=_RowPreparing,
                output=NoOutput,
                forwarding=partial(keep_answers, self._job),
                watch=count_only,
            ),
        )

    @property
    def _place(self) -> str:
        return self._row_place[:1].upper() + self._row_place[1:]

    def _message_with_account(self) -> Mapping[str, Any]:
        """Have dead letters tell whose row it is, as the frame does."""
        if not self._job.account_column:
            return self._message
        record = {**self._message["record"], self._job.account_column: self._account}
        message = _RowMessage({**self._message, "record": record})
        message.digest = getattr(self._message, "digest", b"")
        return message

    def _source(self, key: Mapping[str, Any]) -> Source:
        return Source(
            self._job.stream,
            self._message_with_account(),
            self._schemas[self._job.stream],
            f"{self._row_place}{self._account and f' of account {self._account}'}",
            ", ".join([f"{name}={value}" for name, value in key.items()]),
            self.parts.checkpoints.open(),
        )

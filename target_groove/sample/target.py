"""The target for one record of its input."""

from __future__ import annotations

import sys
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from target_groove.assembly import Parts, ledger_and_pacer, put_together
from target_groove.endpoints import TEMPLATES
from target_groove.engine_making import make_engine
from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.ledger.whereabouts import NoLedgerError, open_existing
from target_groove.ledger.without import NO_LEDGER, WithoutLedger
from target_groove.makers import Makers
from target_groove.outputs.notices import Notices
from target_groove.outputs.rejections import Rejections
from target_groove.outputs.watching import count_only
from target_groove.preparing import Preparing
from target_groove.preview.parts import NoOutput
from target_groove.replay import Replay
from target_groove.responses.making import make_forwarding, tell_nowhere
from target_groove.sample.editing import EditedPreparing
from target_groove.sample.telling import TellingSender
from target_groove.sample.throwaway import ThrowawayLedger
from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.shared_pacer import SharedPacer
    from target_groove.outputs.request_text import RequestText
    from target_groove.sample.editing import Edit


class SampleTakenError(Exception):
    """The record was taken; the rest of the input is not read."""


class SampleTarget(GrooveTarget):
    """Delivers one record, and shows its requests and their answers."""

    def __init__(
        self,
        *,
        text: RequestText,
        stream: str | None = None,
        number: int = 1,
        edit: Edit | None = None,
        throwaway: bool = False,
        **kwargs: Any,
    ) -> None:
        """Check the configuration.

        Args:
            text: Where requests and answers are shown.
            stream: The record's stream, after stream maps; None for any that has a route.
            number: Which of its records, counted from 1.
            edit: Edits the payload, if that is wanted.
            throwaway: Whether the ledger is neither asked nor told.
            kwargs: As for `GrooveTarget`.
        """
        super().__init__(**kwargs)
        self._text = text
        self._stream = stream
        self._number = number
        self._edit = edit
        self._is_throwaway = throwaway
        self._seen = 0

    def run(self, file_input: IO[Any] | None = None) -> None:
        """Deliver the record, and say what came of it.

        Args:
            file_input: The input, standard input if None.

        Raises:
            TargetGrooveError: It was not delivered; the text says why.
        """
        # A dead letter that is sent for a test stays in its file.
        self._replay = Replay.of(
            file_input or sys.stdin, self.parts.dead_letters, self.parts.checkpoints
        )
        if self._replay is not None:
            self._reader.max_bytes = sys.maxsize
        with self.parts.forwarding.telling(), self.parts.sending:
            self.parts.recover()
            try:
                self.listen(file_input)
            except SampleTakenError:
                self.parts.pipeline.finish()
            else:
                raise ConfigurationError([self._not_there])
        self._text.sentence(self._end)

    def deliver_record(
        self, name: str, key_properties: Sequence[str], record: Mapping[str, Any]
    ) -> None:
        """Deliver the record that is meant, and no other."""
        if not self._is_meant(name):
            return
        self._is_delivering = True
        route = self._route_of(name)
        if route is None:
            msg = f"{self._place}: stream {name} has no route; add one to streams."
            raise DeliveryError(msg)
        if route.batch is not None and route.batch.whole_stream:
            msg = (
                f"{self._place}: stream {name} replaces a list in Groove, and one record of it "
                "would take the others away; preview shows what a run sends."
            )
            raise DeliveryError(msg)
        super().deliver_record(name, key_properties, record)
        self._is_delivering = True
        raise SampleTakenError

    def _reject_message(self, reason: str) -> None:
        if self._is_meant(self._message["stream"]):
            super()._reject_message(reason)

    def _is_meant(self, stream: str) -> bool:
        is_of_it = stream == self._stream or (
            self._stream is None and self._route_of(stream) is not None
        )
        self._seen += is_of_it
        return is_of_it and self._seen == self._number

    @property
    def _not_there(self) -> str:
        of = f"of stream {self._stream}" if self._stream is not None else "of streams with a route"
        return f"There is no record {self._number}: the input has {self._seen} {of}."

    @property
    def _end(self) -> str:
        summary = self.parts.summary
        if any(_is_local(endpoint) for _, endpoint in summary.delivered):
            return "Written to the profile store; `profile preview` shows it."
        if any(_is_local(endpoint) for _, endpoint in summary.unchanged):
            return "Nothing was written: the profile store has the record as it is."
        if summary.delivered:
            if self._is_throwaway or isinstance(self.parts.ledger, WithoutLedger):
                return "Delivered; no ledger knows it, so a run sends the record again."
            return "Delivered; the ledger knows it, like every delivery."
        return (
            "Nothing was sent: the ledger says that Groove has the record as it is; --throwaway "
            "sends it all the same."
        )

    def _assemble(self) -> Parts:
        notices = Notices(self.logger)
        ledger, pacer = self._ledger_and_pacer(notices)
        return put_together(
            self.settings,
            ledger,
            pacer,
            stop=self._stop,
            logger=self.logger,
            notices=notices,
            makers=Makers(
                engine=partial(make_engine, make_sender=partial(TellingSender, text=self._text)),
                rejections=SampleRejections,
                output=NoOutput,
                forwarding=tell_nowhere if self._is_throwaway else make_forwarding,
                watch=count_only,
                preparing=partial(EditedPreparing, edit=self._edit) if self._edit else Preparing,
            ),
        )

    def _ledger_and_pacer(
        self, notices: Notices
    ) -> tuple[Ledger | WithoutLedger, SharedPacer | None]:
        if self._is_throwaway and not self._has_ledger():
            return WithoutLedger(), None
        ledger, pacer = ledger_and_pacer(self.settings, self._stop, notices)
        return (ThrowawayLedger(ledger) if self._is_throwaway else ledger), pacer

    def _has_ledger(self) -> bool:
        if self.settings.ledger_url == NO_LEDGER:
            return False
        try:
            open_existing(self.settings.ledger_url, read_only=True).close()
        except NoLedgerError:
            return False
        return True


def _is_local(endpoint: str) -> bool:
    template = TEMPLATES.get(endpoint)
    return template is not None and template.is_local


class SampleRejections(Rejections):
    """Says why the record was rejected, and never sets it aside."""

    def take_all(self, sources: Any, reason: str, *, set_aside: bool, **more: Any) -> None:
        """Stop for the record; see `Rejections.take_all`."""
        del set_aside
        super().take_all(sources, reason, set_aside=False, **more)

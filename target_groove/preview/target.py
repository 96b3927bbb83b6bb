"""The target as far as the place where requests leave."""

from __future__ import annotations

import sys
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from target_groove.assembly import Parts, put_together
from target_groove.engine_making import make_engine
from target_groove.ledger.imagined import ImaginedLedger
from target_groove.ledger.whereabouts import NoLedgerError, open_existing
from target_groove.ledger.without import NO_LEDGER, WithoutLedger
from target_groove.makers import Makers
from target_groove.outputs.notices import Notices
from target_groove.preview.account import ImaginedAccount
from target_groove.preview.agreeing import AgreeingSender, ImaginedNames
from target_groove.preview.parts import (
    NoOutput,
    PreviewRejections,
    PreviewSending,
    PreviewSettling,
    watch_preview,
)
from target_groove.preview.profiles import PreviewProfileDelivery
from target_groove.preview.scene import Scene
from target_groove.replay import Replay
from target_groove.responses.making import tell_nowhere
from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.delivery.engine import Engine
    from target_groove.outputs.request_lines import RequestLine
    from target_groove.settings import Settings


def agreeing_engine(scene: Scene, settings: Settings, **how: Any) -> Engine:
    """Make an engine that tells of every request and takes it for done."""
    engine = make_engine(settings, make_sender=partial(AgreeingSender, scene=scene), **how)
    engine.names = ImaginedNames(engine.fetched, scene)
    return engine


class LimitReachedError(Exception):
    """As many lines as were asked for have been told."""


class PreviewTarget(GrooveTarget):
    """Tells which requests would be sent, and sends, writes and acknowledges nothing."""

    def __init__(
        self, *, show: Callable[[RequestLine], None], limit: int | None = None, **kwargs: Any
    ) -> None:
        """Check the configuration.

        Args:
            show: Takes each line as soon as it is known.
            limit: The preview ends after so many lines; None for no limit.
            kwargs: As for `GrooveTarget`.
        """
        super().__init__(**kwargs)
        self._show = show
        self._left = limit

    def run(self, file_input: IO[Any] | None = None) -> None:
        """Preview a whole input, or its beginning.

        Args:
            file_input: The input, standard input if None.

        Raises:
            TargetGrooveError: A run would stop at the input, too.
        """
        source = file_input or sys.stdin
        self._replay = Replay.of(source, self.parts.dead_letters, self.parts.checkpoints)
        if self._replay is not None:
            self._reader.max_bytes = sys.maxsize
        progress, summary = self.parts.progress, self.parts.summary
        try:
            self._deliver_all(file_input)
        except BaseException as error:
            summary.requests = self.parts.engine.requests_sent
            progress.say_stopped(error)
            if not isinstance(error, LimitReachedError):
                raise
        else:
            summary.requests = self.parts.engine.requests_sent
            progress.say_done()

    def _assemble(self) -> Parts:
        notices = Notices(self.logger)
        scene = Scene(self._tell)
        return put_together(
            self.settings,
            self._ledger(notices),
            None,
            stop=self._stop,
            logger=self.logger,
            notices=notices,
            makers=Makers(
                account=partial(ImaginedAccount, scene),
                engine=partial(agreeing_engine, scene),
                rejections=partial(PreviewRejections, scene=scene),
                sending=partial(PreviewSending, scene=scene),
                settling=partial(PreviewSettling, scene=scene),
                profiles=partial(PreviewProfileDelivery, scene=scene),
                output=NoOutput,
                forwarding=tell_nowhere,
                watch=watch_preview,
            ),
        )

    def _ledger(self, notices: Notices) -> WithoutLedger:
        if self.settings.ledger_url == NO_LEDGER:
            notices.no_ledger()
            return WithoutLedger()
        try:
            database = open_existing(self.settings.ledger_url, read_only=True)
        except NoLedgerError:
            database = None
        return ImaginedLedger(
            database,
            account=self.settings.ledger_account,
            namespace=self.settings.ledger_namespace,
        )

    def _tell(self, line: RequestLine) -> None:
        self._show(line)
        if self._left is not None:
            self._left -= 1
            if not self._left:
                raise LimitReachedError

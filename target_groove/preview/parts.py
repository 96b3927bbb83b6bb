"""The parts of a preview: a run's own, but for what sends, writes and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.carrying import Carried
from target_groove.delivery.observer import Observer
from target_groove.notes import Notes
from target_groove.outputs.narrator import Narrator
from target_groove.outputs.rejections import Rejections
from target_groove.outputs.summary import Summary
from target_groove.outputs.watching import Watch
from target_groove.sending import Sending
from target_groove.settling import Settling
from target_groove.standard_output import StandardOutput
from target_groove.wording import counted

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from target_groove.batching import Item
    from target_groove.delivery.request import Source
    from target_groove.ledger.imagined import ImaginedLedger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.preview.scene import Scene
    from target_groove.routes import Route
    from target_groove.send import Send
    from target_groove.settings import Settings


class PreviewSending(Sending):
    """Has each send told at once, in the order of the input, and takes it for delivered."""

    def __init__(
        self, *arguments: Any, scene: Scene, ledger: ImaginedLedger | WithoutLedger, **named: Any
    ) -> None:
        """Take the parts of `Sending`, who is told, and what knows which sends are in doubt."""
        super().__init__(*arguments, ledger=ledger, **named)
        self._scene = scene
        self._known = ledger

    def begin(self, send: Send) -> None:
        """Tell of a send that would begin now."""
        self._scene.begin(send, self._known.remarks(send.things))
        self._under_way.add(send)
        carried = Carried(send, Notes(self._ledger, send, None, self._engine.now))
        carried.go_on(self._engine)
        self._settle(carried)


class PreviewSettling(Settling):
    """Tells of records that need no request."""

    def __init__(self, *, scene: Scene, **named: Any) -> None:
        """Take the parts of `Settling`, and who is told."""
        super().__init__(**named)
        self._scene = scene

    def unchanged(self, route: Route, source: Source) -> None:
        """Tell of a record that Groove has as it is."""
        super().unchanged(route, source)
        self._scene.no_request([source], route.template.id, "unchanged")

    def all_merged(self, route: Route, voided: Iterable[Item]) -> None:
        """Tell of records that a later one in their window makes void."""
        voided = list(voided)
        super().all_merged(route, voided)
        for each in voided:
            why = "a later record of the same window sets all that it sets"
            self._scene.no_request([each.source], route.template.id, "merged", [why])


class PreviewRejections(Rejections):
    """Tells of records that would be rejected, and never stops for one."""

    def __init__(self, *arguments: Any, scene: Scene, **named: Any) -> None:
        """Take the parts of `Rejections`, and who is told."""
        super().__init__(*arguments, **named)
        self._scene = scene
        self._would_have_stopped = False

    def take_all(
        self,
        sources: Sequence[Source],
        reason: str,
        *,
        set_aside: bool,
        endpoint: str = "",
        request: Mapping[str, Any] | None = None,
        delivered: Sequence[Mapping[str, Any]] = (),
        resource_id: str | None = None,
        in_doubt: bool = False,
        more_follow: bool = False,
        status: int | None = None,
        answer: Any = None,
    ) -> None:
        """Tell of records that would be rejected or held, with the reason."""
        del request, delivered, resource_id, more_follow, status, answer
        for each in sources:
            self._summary.rejected[each.stream, endpoint] += 1
            self._checkpoints.settle(each.position)
        if not set_aside and not self._would_have_stopped:
            self._would_have_stopped = True
            self._logger.warning("on_error is fail: a run stops here, %s.", sources[0])
        action = "held" if in_doubt else "rejected"
        self._scene.no_request(sources, endpoint, action, [reason])


class NoOutput(StandardOutput):
    """Prints no STATE: nobody is to go on behind a preview or a sample."""

    def write(self, lines: bytes, *, what: str) -> None:
        """Write nothing."""


def watch_preview(_: Settings, *, logger: logging.Logger, **more: Any) -> Watch:
    """Make what counts for a preview; it has no display, and nothing is reported of it."""
    del more
    summary = Summary()
    return Watch(
        summary=summary, observer=Observer(), progress=PreviewNarrator(summary, logger=logger)
    )


class PreviewNarrator(Narrator):
    """Says at the end what a run would have done; how far it is, the lines themselves show."""

    def __init__(self, summary: Summary, *, logger: logging.Logger) -> None:
        """Take what is counted, and the log."""
        self._summary = summary
        self._logger = logger

    def say_done(self) -> None:
        """Say what a run would have done."""
        self._say(f" for {counted(self._summary.delivered.total(), 'record')}")

    def say_stopped(self, error: BaseException) -> None:
        """Say what was shown of a run until then; the last record may have more requests."""
        del error
        self._say("")

    def _say(self, records: str) -> None:
        summary = self._summary
        counts = {
            "unchanged": summary.unchanged.total(),
            "merged into a later one": summary.merged.total(),
            "rejected": summary.rejected.total(),
            "skipped": summary.skipped.total(),
        }
        others = "".join(f", {count} {what}" for what, count in counts.items() if count)
        self._logger.info(
            "Preview: %s%s%s; nothing was sent.",
            counted(summary.requests, "request"),
            records,
            others,
        )

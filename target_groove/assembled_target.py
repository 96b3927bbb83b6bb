"""The target's parts, made when a run begins and closed when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from target_groove.assembly import Parts, assemble
from target_groove.configured_target import ConfiguredTarget
from target_groove.engine_making import make_engine
from target_groove.stopping import StopRequest

if TYPE_CHECKING:
    from target_groove.delivery.engine import Engine


class AssembledTarget(ConfiguredTarget):
    """A target that can be put together.

    Attributes:
        goes_on: Whether a loader behind this program gets Groove's answers on standard output.
        tells_again: Whether it gets those of the last run once more.
    """

    goes_on: ClassVar[bool] = False

    def __init__(self, *, stop: StopRequest | None = None, **kwargs: Any) -> None:
        """Check the configuration; nothing is opened yet.

        Args:
            stop: What signals ask for.
            kwargs: As for the SDK's `Target`.

        Raises:
            ConfigValidationError: The configuration is unusable; its `errors` are the sentences.
        """
        self._stop = stop or StopRequest()
        self.tells_again = False
        super().__init__(**kwargs)
        self._parts: Parts | None = None
        self._is_delivered = False

    @property
    def parts(self) -> Parts:
        """The parts of the run; made, and the ledger opened, when they are first asked for.

        Raises:
            LedgerError: The ledger cannot be used.
        """
        if self._parts is None:
            self._parts = self._assemble()
        return self._parts

    def make_engine(self) -> Engine:
        """Make what sends requests, for those who only ask Groove."""
        return make_engine(self.settings, stop=self._stop)

    def close(self) -> None:
        """Give out of hand what was begun and never sent, and close everything."""
        if self._parts is not None:
            self._parts.forwarding.close()
            self._parts.pipeline.close()
            self._parts.ledger.close(at_the_end=self._is_delivered)
            self._parts.sending.close()
            self._parts.engine.close()
        self._stop.close()

    def _assemble(self) -> Parts:
        return assemble(self.settings, stop=self._stop, logger=self.logger, goes_on=self.goes_on)

    def _on_idle(self) -> None:
        if self.parts.pipeline.window_waits or self.parts.forwarding.waits:
            self.parts.pipeline.deliver_waiting()
            self.parts.forwarding.flush()
            self.parts.state_output.print_if_due()
        else:
            self.parts.pipeline.end_window()
            self.parts.state_output.print()

    def _activate(self, stream: str, version: Any) -> None:
        """Have profiles lose what a stream no longer has; Groove itself has no versions."""
        for stream_map in self.mapper.stream_maps.get(stream, ()):
            name = stream_map.stream_alias
            route = self.routes.for_stream(name)
            if route is None or not route.template.is_local:
                self.logger.info(
                    "Stream %s: ACTIVATE_VERSION %s changes nothing in Groove, which has no "
                    "versions.",
                    name,
                    version,
                )
            elif self.config.get("process_activate_version_messages", True):
                self.parts.pipeline.activate_version(name, version)

    def _on_wake(self) -> None:
        self.parts.sending.collect()
        self.parts.forwarding.flush_if_due()
        self.parts.state_output.print_if_due()

    def _setup_signal_handlers(self) -> None:
        self._stop.install()

    def _handle_max_record_age(self) -> None:
        """Do nothing: checkpoints have their own clock."""

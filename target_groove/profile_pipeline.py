"""The pipeline, and beside it the way into the profile store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.pipeline import Pipeline
from target_groove.preparing import Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.delivery.request import Source
    from target_groove.profile_delivery import ProfileDelivery
    from target_groove.routes import Route


class PipelineWithProfiles(Pipeline):
    """Delivers records to Groove or to the profile store, as their routes say.

    Nothing in Groove depends on a profile, nor the other way round, so the two windows are filled
    each for itself. Whatever ends the one ends the other.
    """

    def __init__(self, *arguments: Any, profiles: ProfileDelivery, **named: Any) -> None:
        """Take the parts of `Pipeline`, and what delivers profiles."""
        super().__init__(*arguments, **named)
        self._profiles = profiles

    def add(
        self,
        name: str,
        route: Route,
        source: Source,
        record: Mapping[str, Any],
        key: Mapping[str, Any],
    ) -> None:
        """Take a record into its window; see `Pipeline.add`."""
        if not route.template.is_local:
            super().add(name, route, source, record, key)
            return
        try:
            self._profiles.take(name, route, source, record, key)
        except Unusable as error:
            self.deliver_before_rejection(stops=not route.dead_letters)
            self._settling.reject(route, (source,), str(error))
            return
        if self._profiles.is_full:
            self._profiles.write()

    @property
    def window_waits(self) -> bool:
        """Whether records wait that only want their window to end."""
        return self._profiles.waits or super().window_waits

    def deliver_waiting(self) -> None:
        """Deliver both windows as far as they are."""
        self._profiles.write()
        super().deliver_waiting()

    def activate_version(self, stream: str, version: Any) -> None:
        """Take out of the profiles what a stream no longer has; see `ProfileDelivery.activate`."""
        self._profiles.activate(stream, version)

    def close(self) -> None:
        """Let go of the profile store."""
        self._profiles.close()

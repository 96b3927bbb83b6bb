"""Profiles in a preview: what would be written, laid over what the store has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from target_groove.profile.changes import Became, decide
from target_groove.profile_delivery import ProfileDelivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.preview.scene import Scene
    from target_groove.profile.changes import Change, Stored, Thing
    from target_groove.profile.store import ProfileStore
    from target_groove.profile_delivery import Waiting
    from target_groove.settings import Settings


class ImaginedProfiles:
    """Takes what would be written for written, and leaves the store as it is."""

    def __init__(self, store: ProfileStore | None) -> None:
        """Take the store, None if there is none yet."""
        self._store = store
        self._imagined: dict[Thing, Stored | None] = {}

    def write(self, changes: Sequence[Change]) -> list[Became]:
        """Remember what would be written."""
        from target_groove.profile.writing import read  # noqa: PLC0415 - SQLAlchemy

        things = {each.thing for each in changes}
        known: dict[Thing, Stored] = {}
        if self._store is not None:
            with self._store.reading() as connection:
                known = {row.thing: row for row in read(connection, things)}
        for thing in things & self._imagined.keys():
            row = self._imagined[thing]
            if row is None:
                known.pop(thing, None)
            else:
                known[thing] = row
        decided = decide(changes, known, now=time.time())
        self._imagined |= {row.thing: row for row in decided.put}
        self._imagined |= dict.fromkeys(decided.removed)
        return decided.became

    def activate(self, stream: str, version: int) -> int:
        """Remember what would be removed."""
        from target_groove.profile.writing import older_keys  # noqa: PLC0415 - SQLAlchemy

        older: set[Thing] = set()
        if self._store is not None:
            with self._store.reading() as connection:
                older = {(stream, key) for key in older_keys(connection, stream, version)}
        older -= self._imagined.keys()
        older |= {
            thing
            for thing, row in self._imagined.items()
            if row and row.stream == stream and (row.version is None or row.version < version)
        }
        self._imagined |= dict.fromkeys(older)
        return len(older)

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()


def imagine_profiles(settings: Settings) -> ImaginedProfiles:
    """Open the profile store of a preview for reading, and make none.

    Raises:
        ProfileStoreError: It cannot be used.
    """
    from target_groove.profile.opening import open_existing_store  # noqa: PLC0415 - SQLAlchemy

    return ImaginedProfiles(open_existing_store(settings.profile_url))


class PreviewProfileDelivery(ProfileDelivery):
    """Tells what would be written to the profile store."""

    def __init__(self, *arguments: Any, scene: Scene, **named: Any) -> None:
        """Take the parts of `ProfileDelivery`, and who is told."""
        super().__init__(*arguments, open_writer=imagine_profiles, **named)
        self._scene = scene

    def _settle(self, waiting: Waiting, became: Became) -> None:
        super()._settle(waiting, became)
        if became in {Became.CREATED, Became.CHANGED, Became.REMOVED}:
            self._scene.local(
                waiting.item.source,
                waiting.route.template,
                became.value,
                url=self._shown_url,
                body=waiting.change.body,
            )

    @property
    def _shown_url(self) -> str:
        from target_groove.profile.opening import shown_url  # noqa: PLC0415 - SQLAlchemy

        return shown_url(self._settings.profile_url)

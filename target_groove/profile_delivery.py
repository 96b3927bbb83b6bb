"""Records of customers on their way into the profile store, a window at a time."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from target_groove.batching import Item
from target_groove.delivery.encoding import to_json
from target_groove.endpoints.values import is_email
from target_groove.ledger.identity import record_key
from target_groove.preparing import Unusable
from target_groove.profile.changes import Became, Change
from target_groove.profile.emails import comparable
from target_groove.profile.flattening import flattened
from target_groove.settling import set_aside_at
from target_groove.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_groove.delivery.request import Source
    from target_groove.outputs.notices import Notices
    from target_groove.preparing import Preparing
    from target_groove.routes import Route
    from target_groove.settings import Settings
    from target_groove.settling import Settling

_DELETED_AT: Final = "_sdc_deleted_at"
_GREATEST_VERSION: Final = 2**63 - 1
"""What a database keeps in a column of whole numbers."""
_LOGGER: Final = logging.getLogger("target-groove")


class WritesProfiles(Protocol):
    """What writes to the profile store, or imagines to."""

    def write(self, changes: Sequence[Change]) -> list[Became]:
        """Write what the records of a window ask for; see `ProfileWriter.write`."""

    def activate(self, stream: str, version: int) -> int:
        """Remove what a stream's table no longer has; see `ProfileWriter.activate`."""

    def close(self) -> None:
        """Let go of the store."""


class Waiting(NamedTuple):
    """A record that waits for the end of its window.

    Attributes:
        route: The route of its stream.
        item: The record.
        change: What it asks for.
    """

    route: Route
    item: Item
    change: Change


def write_to_store(settings: Settings) -> WritesProfiles:
    """Open the profile store of a run.

    Raises:
        ProfileStoreError: It cannot be used.
    """
    # A run without profiles needs no SQLAlchemy.
    from target_groove.profile.writing import open_writer  # noqa: PLC0415

    return open_writer(settings.profile_url, now=time.time)


class ProfileDelivery:
    """Delivers records to the profile store, in the order in which they come."""

    def __init__(
        self,
        settings: Settings,
        *,
        preparing: Preparing,
        settling: Settling,
        notices: Notices,
        on_progress: Callable[[], None],
        open_writer: Callable[[Settings], WritesProfiles] = write_to_store,
    ) -> None:
        """Take the parts; the store is opened when the first record comes.

        Args:
            settings: The settings.
            preparing: Makes payloads.
            settling: Settles records.
            notices: Says things once.
            on_progress: Called when a window is written.
            open_writer: Opens the store.
        """
        self._settings = settings
        self._preparing = preparing
        self._settling = settling
        self._notices = notices
        self._on_progress = on_progress
        self._open_writer = open_writer
        self._writer: WritesProfiles | None = None
        self._streams: dict[str, Stream] = {}
        self._waiting: list[Waiting] = []
        self._without_version: set[str] = set()

    @property
    def waits(self) -> bool:
        """Whether records wait for the end of their window."""
        return bool(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether the window is at its end."""
        return len(self._waiting) >= self._settings.batch_size_rows

    def take(
        self,
        name: str,
        route: Route,
        source: Source,
        record: Mapping[str, Any],
        key: Mapping[str, Any],
    ) -> None:
        """Take a record into the window; see `Pipeline.add`.

        Raises:
            Unusable: It is to be rejected.
        """
        stream = self._streams.get(name)
        if stream is None:
            stream = Stream(name, route, scope=0, settings=self._settings)
            self._streams[name] = stream
        message = source.message
        version = _kept_version(message.get("version"))
        if version is None:
            self._without_version.add(name)
        original = message.get("record") or {}
        change = Change(name, "", "", version, None, set_aside_at(source))
        if original.get(_DELETED_AT) is not None:
            fields: dict[str, Any] = {}
            change = change._replace(record_key=self._key_of_deleted(stream, record, key))
        else:
            fields = self._fields(stream, record)
            email = comparable(fields["email"])
            if "\0" in email:
                msg = f"email: {email!r} is no e-mail address"
                raise Unusable(msg)
            change = change._replace(
                record_key=_key_text(key) if key else email,
                email=email,
                attributes=self._attributes(stream, fields),
            )
        self._waiting.append(Waiting(route, Item(source, record, {}, fields), change))

    def write(self) -> None:
        """Write the window.

        Raises:
            ProfileStoreError: The store cannot be used; nothing of the window is settled.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        became = self._opened().write([each.change for each in waiting])
        for each, its in zip(waiting, became, strict=True):
            self._settle(each, its)
        self._on_progress()

    def activate(self, stream: str, version: Any) -> None:
        """Remove what a stream no longer has: it has come to its end in this version.

        Args:
            stream: The stream, after stream maps.
            version: What its ACTIVATE_VERSION says.

        Raises:
            ProfileStoreError: The store cannot be used.
        """
        self.write()
        kept = _kept_version(version)
        if stream in self._without_version or kept is None:
            _LOGGER.warning(
                "Stream %s: ACTIVATE_VERSION %s removes nothing, as not all of its records say "
                "which version they are of.",
                stream,
                version,
            )
            return
        removed = self._opened().activate(stream, kept)
        _LOGGER.info(
            "Stream %s: ACTIVATE_VERSION %s takes the attributes of %d older record(s) out of the "
            "profiles.",
            stream,
            version,
            removed,
        )

    def close(self) -> None:
        """Let go of the store; what waits is not written."""
        if self._writer is not None:
            self._writer.close()

    def _opened(self) -> WritesProfiles:
        if self._writer is None:
            self._writer = self._open_writer(self._settings)
        return self._writer

    def _settle(self, waiting: Waiting, became: Became) -> None:
        route, source = waiting.route, waiting.item.source
        match became:
            case Became.MERGED:
                self._settling.all_merged(route, [waiting.item])
            case Became.UNCHANGED:
                self._settling.unchanged(route, source)
            case Became.SUPERSEDED:
                self._notices.superseded(source)
                self._settling.unchanged(route, source)
            case _:
                self._settling.delivered(route, source)

    def _fields(self, stream: Stream, record: Mapping[str, Any]) -> dict[str, Any]:
        payload = self._preparing.payload(stream, record)
        if payload.problems:
            raise Unusable("; ".join(payload.problems))
        return payload.fields

    def _attributes(self, stream: Stream, fields: Mapping[str, Any]) -> str:
        try:
            flat = flattened(fields, stream.route.prefix)
            attributes = to_json(flat.attributes).decode()
        except RecursionError as error:
            msg = "no profile can be made of it (it is nested too deeply)"
            raise Unusable(msg) from error
        except (TypeError, ValueError) as error:  # stream maps make what is no JSON
            msg = f"no profile can be made of it ({error})"
            raise Unusable(msg) from error
        if flat.renamed or flat.doubled:
            self._notices.profile_names(stream.name, flat.renamed, flat.doubled)
        return attributes

    def _key_of_deleted(
        self, stream: Stream, record: Mapping[str, Any], key: Mapping[str, Any]
    ) -> str:
        """Tell what a deleted record was; it may have nothing left but its key."""
        return _key_text(key) if key else comparable(self._fields(stream, record)["email"])


def _kept_version(version: Any) -> int | None:
    """Give the version of a table if the store can keep it; None if it is none."""
    is_number = isinstance(version, int) and not isinstance(version, bool)
    return version if is_number and abs(version) <= _GREATEST_VERSION else None


def _key_text(key: Mapping[str, Any]) -> str:
    """Write what identifies a record in its stream; an e-mail is compared as one.

    Raises:
        Unusable: All of it is null.
    """
    values = list(key.values())
    if all(each is None for each in values):
        msg = f"it lacks its key ({', '.join(key)})"
        raise Unusable(msg)
    only = values[0] if len(values) == 1 else None
    if isinstance(only, str) and is_email(only.strip()) and "\0" not in only:
        return comparable(only)
    return record_key(values)

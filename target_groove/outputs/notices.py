"""Things that are worth a line in the log once a run, not once a record."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from target_groove.endpoints.template import Certainty

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from target_groove.delivery.request import Source
    from target_groove.endpoints.template import Template


class Notices:
    """Says each thing once."""

    def __init__(self, logger: logging.Logger) -> None:
        """Take the log; nothing has been said yet."""
        self._logger = logger
        self._said: set[tuple[str, str]] = set()
        self._unknown: defaultdict[str, set[str]] = defaultdict(set)

    def no_route(self, stream: str) -> None:
        """Say that the records of a stream go nowhere."""
        if self._is_new("no route", stream):
            self._logger.warning(
                "Stream %s has no route and is not named like a template; its records are skipped.",
                stream,
            )

    def no_ledger(self) -> None:
        """Say what is lost without a ledger."""
        self._logger.warning(
            "ledger_url is none: after a crash, and when the same input comes again, records are "
            "sent again that Groove already has."
        )

    def new_ledger(self, shown_url: str) -> None:
        """Say that nothing is known of earlier runs."""
        self._logger.info(
            "A new delivery ledger begins at %s: everything is sent; if there should be one "
            "already, check ledger_url and the working directory.",
            shown_url,
        )

    def no_key(self, stream: str) -> None:
        """Say that the records of a stream cannot be known again."""
        if self._is_new("no key", stream):
            self._logger.warning(
                "Stream %s has no key, so every record is sent, at every run; name the attributes "
                "that identify a record in the route's key, or set its load_method to append-only.",
                stream,
            )

    def superseded(self, source: Source) -> None:
        """Say that a dead letter is not delivered, as its record came in a later version."""
        self._logger.info(
            "%s: a later version was delivered after it was set aside; it is done with.", source
        )

    def inferred(self, template: Template) -> None:
        """Say that an endpoint is inferred, if it is."""
        if template.certainty is Certainty.INFERRED and self._is_new("inferred", template.id):
            if template.subject:
                self._logger.warning(
                    "Endpoint %s is inferred: Groove documents its mutations, but not that it "
                    "takes several in one document; what else is assumed is in docs/contacts.md.",
                    template.id,
                )
                return
            self._logger.warning(
                "Endpoint %s (%s %s) is inferred: %s; if Groove answers otherwise, correct it "
                "with method and url in the route.",
                template.id,
                template.method,
                template.path,
                template.source,
            )

    def inferred_follow_up(self, template: Template) -> None:
        """Say that the second call of an endpoint is inferred, though the first is not."""
        is_news = template.follow_ups and template.certainty is not Certainty.INFERRED
        if is_news and self._is_new("inferred follow-up", template.id):
            follow_up = template.follow_ups[0]
            self._logger.warning(
                "Endpoint %s goes on with %s %s, which is inferred: %s.",
                template.id,
                follow_up.method,
                follow_up.path,
                follow_up.source,
            )

    def unknown_fields(self, stream: str, endpoint: str, names: Sequence[str]) -> None:
        """Name the attributes of a stream that are not sent."""
        said = self._unknown[stream]
        if not said.issuperset(names):
            new = sorted(set(names) - said)
            said.update(new)
            self._logger.warning(
                "Stream %s: not sent, %s has no such field: %s (unknown_fields: send sends all).",
                stream,
                endpoint,
                ", ".join(new),
            )

    def fixed_fields(self, stream: str, template: Template, names: Iterable[str]) -> None:
        """Name the fields that changed and that Groove cannot change."""
        new = sorted(name for name in set(names) if self._is_new(f"fixed in {stream}", name))
        if new:
            self._logger.warning(
                "Stream %s: changed but not sent, as Groove cannot change them: %s; %s.",
                stream,
                ", ".join(new),
                template.if_fixed,
            )

    def always_creates(self, stream: str, template: Template) -> None:
        """Say that a pair that creates and then updates never updates."""
        if self._is_new("always creates", stream):
            self._logger.warning(
                "Stream %s has load_method append-only, so %s creates one thing for each record "
                "and changes none; set load_method to upsert.",
                stream,
                template.id,
            )

    def profile_names(
        self, stream: str, renamed: Mapping[str, str], doubled: Iterable[str]
    ) -> None:
        """Name the attributes of a profile that have another name than in their record."""
        new = [name for name in renamed if self._is_new(f"renamed in {stream}", name)]
        if new:
            self._logger.info(
                "Stream %s: in the profile %s, as Groove overwrites these names.",
                stream,
                ", ".join(f"{name} is {renamed[name]}" for name in new),
            )
        for name in doubled:
            if self._is_new(f"doubled in {stream}", name):
                self._logger.warning(
                    "Stream %s: two attributes are %s in the profile, and the later one counts; "
                    "give one of them another name in the route's fields.",
                    stream,
                    name,
                )

    def _is_new(self, kind: str, name: str) -> bool:
        if (kind, name) in self._said:
            return False
        self._said.add((kind, name))
        return True

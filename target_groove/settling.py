"""What an outcome means for the records of a delivery: settled, rejected, or the end of the run."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json
from target_groove.delivery.masking import masked
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Delivery, Source
from target_groove.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from target_groove.batching import Item
    from target_groove.checkpoints import Checkpoints
    from target_groove.ledger.entry import Entry, Thing
    from target_groove.outputs.rejections import Rejections
    from target_groove.outputs.summary import Summary
    from target_groove.routes import Route

_LOOK_AND_RESOLVE: Final = "look in Groove, then say `target-groove ledger resolve`"
_LOOK_BEFORE: Final = "look in Groove before running again, which would send it again"

IN_DOUBT_AGAIN = (
    "it is still in doubt, and the ledger does not know it; look in Groove, then take its line out "
    "of the dead letters, or take in_doubt out of the line to send it"
)

PART_OF_A_LIST = (
    "it is one part of a list that replaces the one in Groove, and alone it would take the others "
    "away; mend it at its source and run its stream again"
)


class Settling:
    """Settles deliveries."""

    def __init__(
        self,
        *,
        checkpoints: Checkpoints,
        rejections: Rejections,
        summary: Summary,
        has_ledger: bool,
    ) -> None:
        """Take the parts.

        Args:
            checkpoints: Learns what is settled.
            rejections: Takes what is not delivered.
            summary: Counts.
            has_ledger: Whether a ledger remembers what is held.
        """
        self._has_ledger = has_ledger
        self._checkpoints = checkpoints
        self._rejections = rejections
        self._summary = summary

    def settle(
        self,
        route: Route,
        delivery: Delivery,
        outcome: Outcome,
        *,
        voided: Sequence[Item] = (),
        things: Sequence[Thing] = (),
    ) -> None:
        """Do what the outcome of a delivery asks for.

        Args:
            route: The route.
            delivery: The delivery.
            outcome: What came of it.
            voided: Earlier records that it makes void.
            things: What the ledger knows its records as, in their order.

        Raises:
            DeliveryError: The run is to stop.
        """
        match outcome.verdict:
            case Verdict.UNAUTHORIZED:
                msg = (
                    f"Groove refuses the token, nothing more is sent ({outcome.reason}); "
                    "check api_token."
                )
                raise DeliveryError(msg)
            case Verdict.UNAVAILABLE:
                msg = (
                    f"{_capitalised(delivery.sources[0])}: given up after "
                    f"{outcome.attempts} attempt(s), {outcome.reason}; "
                    "run again when Groove can be reached."
                )
                raise DeliveryError(msg)
            case Verdict.NOT_OFFERED:
                msg = (
                    f"Stream {delivery.sources[0].stream} cannot be delivered with "
                    f"{route.template.id}: {outcome.reason}; no record is lost, run again then."
                )
                raise DeliveryError(msg)
            case Verdict.IN_DOUBT:
                reason = _held(outcome.reason, things if self._has_ledger else None)
                self._reject_with(voided, route, delivery, outcome, reason)
            case Verdict.REJECTED if not outcome.item_reasons:
                self._reject_with(voided, route, delivery, outcome, outcome.reason)
            case _:
                self.all_merged(route, voided)
                self._settle_items(route, delivery, outcome)

    def delivered(self, route: Route, source: Source) -> None:
        """Settle a record that is delivered."""
        self._summary.delivered[source.stream, route.template.id] += 1
        self._checkpoints.settle(source.position)

    def unchanged(self, route: Route, source: Source) -> None:
        """Settle a record that Groove has as it is."""
        self._summary.unchanged[source.stream, route.template.id] += 1
        self._checkpoints.settle(source.position)

    def all_merged(self, route: Route, voided: Iterable[Item]) -> None:
        """Settle records that a later one in their window made void."""
        for each in voided:
            self._summary.merged[each.source.stream, route.template.id] += 1
            self._checkpoints.settle(each.source.position)

    def hold(self, route: Route, sources: tuple[Source, ...], reason: str) -> None:
        """Set records aside that may be in Groove already.

        Raises:
            DeliveryError: The run is to stop.
        """
        self.reject(route, sources, reason, outcome=Outcome(verdict=Verdict.IN_DOUBT))

    def reject(
        self,
        route: Route,
        sources: tuple[Source, ...],
        reason: str,
        delivery: Delivery | None = None,
        outcome: Outcome | None = None,
        *,
        more_follow: bool = False,
    ) -> None:
        """Reject the records of a delivery, or of what could not become one.

        Raises:
            DeliveryError: The run is to stop.
        """
        done = outcome.calls_delivered if outcome else 0
        requests = delivery.requests if delivery else ()
        before = _about(sources[0]) if len(sources) == 1 else {}
        new_id = outcome.resource_id if outcome else None
        self._rejections.take_all(
            sources,
            reason,
            set_aside=route.dead_letters,
            endpoint=route.template.id,
            request=masked(requests[done]) if requests else None,
            delivered=[
                *before.get("delivered", ()),
                *(masked(each) for each in requests[:done]),
            ],
            resource_id=new_id or before.get("resource_id"),
            in_doubt=outcome is not None and outcome.verdict is Verdict.IN_DOUBT,
            more_follow=more_follow,
            status=outcome.status_code if outcome else None,
            answer=outcome.body if outcome else None,
        )

    def _reject_with(
        self,
        voided: Sequence[Item],
        route: Route,
        delivery: Delivery,
        outcome: Outcome,
        reason: str,
    ) -> None:
        """Reject a delivery, and with it the records that it was to make void.

        These come first, as they did: fed back in this order, the later one is the last again.
        """
        if voided and route.dead_letters:
            why = f"a later record was sent in its place ({delivery.sources[0]}), and {reason}"
            sources = tuple(each.source for each in voided)
            self.reject(route, sources, why, delivery, outcome, more_follow=True)
        self.reject(route, delivery.sources, reason, delivery, outcome)

    def _settle_items(self, route: Route, delivery: Delivery, outcome: Outcome) -> None:
        reasons = outcome.item_reasons or (None,) * len(delivery.sources)
        for source, reason in zip(delivery.sources, reasons, strict=True):
            if reason is None:
                self.delivered(route, source)
        refused = [
            (source, reason)
            for source, reason in zip(delivery.sources, reasons, strict=True)
            if reason is not None
        ]
        for number, (source, reason) in enumerate(refused, start=1):
            more_follow = number < len(refused)
            self.reject(route, (source,), reason, delivery, more_follow=more_follow)


def held(thing: Thing, because: str | None) -> str:
    """Write why a record is held that an earlier run could not decide about."""
    return _held(because, [thing])


def is_dead_letter(source: Source) -> bool:
    """Whether a record comes out of the dead letters."""
    return bool(_about(source))


def is_in_doubt(source: Source) -> bool:
    """Whether a record that comes out of the dead letters may be in Groove already."""
    return bool(_about(source).get("in_doubt"))


def is_superseded(source: Source, entry: Entry | None) -> bool:
    """Whether a later version of a dead letter was delivered after it was set aside."""
    set_aside = set_aside_at(source)
    if set_aside is None or entry is None or entry.delivered_at is None:
        return False
    return set_aside < entry.delivered_at


def set_aside_at(source: Source) -> float | None:
    """Tell when a record that comes out of the dead letters was put there; else None."""
    found = _about(source).get("set_aside_at")
    return float(found) if isinstance(found, int | float | Decimal) else None


def was_rejected_alone(source: Source) -> bool:
    """Whether a record that comes out of the dead letters was rejected before it had a request."""
    about = _about(source)
    return bool(about) and not about.get("request")


def what_is_left(delivery: Delivery) -> tuple[Delivery | None, str | None]:
    """Leave out the calls that went through before their record was set aside.

    Returns:
        The calls that are left, None if there are none; and the id that the first of them gave.
    """
    if len(delivery.sources) > 1:
        return delivery, None
    about = _about(delivery.sources[0])
    done = {to_json(each) for each in about.get("delivered") or ()}
    if not done:
        return delivery, None
    left = tuple(each for each in delivery.requests if to_json(masked(each)) not in done)
    return Delivery(left) if left else None, about.get("resource_id")


def _held(because: str | None, things: Sequence[Thing] | None) -> str:
    """Write that records are held.

    Args:
        because: Why it could not be decided.
        things: What the ledger knows them as, in their order; None without a ledger. Records
            without a key can be told in its list by this sentence only.
    """
    then = _LOOK_BEFORE if things is None else _LOOK_AND_RESOLVE
    names = [each.key for each in things or () if not each.is_keyed]
    if names:
        then += f" (the key there: {' to '.join(dict.fromkeys((names[0], names[-1])))})"
    return f"it is held, as nobody knows whether it was delivered ({because}); {then}"


def _about(source: Source) -> dict[str, Any]:
    about = source.message.get("dead_letter")
    return about if isinstance(about, dict) else {}


def _capitalised(source: Source) -> str:
    text = str(source)
    return text[0].upper() + text[1:]

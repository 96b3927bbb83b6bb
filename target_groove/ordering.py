"""Which sends may be in flight together, and which wait for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.custom import CUSTOM
from target_groove.endpoints.same_text import visible
from target_groove.endpoints.template import SubjectKind
from target_groove.endpoints.values import listed
from target_groove.ledger.identity import field_digest
from target_groove.subjects.custom_fields import is_blank

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from target_groove.batching import Item
    from target_groove.delivery.request import Delivery
    from target_groove.endpoints.template import Template
    from target_groove.ledger.entry import Intent
    from target_groove.streams import Stream


def flow_of(stream: Stream) -> Hashable:
    """Name the streams whose records may be in flight together.

    Streams are delivered one after the other, so that a group exists before a ticket is assigned
    to it; but streams that name the same kind of Groove object by the same path parameter need
    only keep the order of each object.
    """
    template = stream.route.template
    object_param = _object_param(template)
    return ("objects", object_param) if object_param else ("stream", stream.name)


class CompanyFlows:
    """Keeps batches apart whose contacts say different things of the same company.

    Contacts of one company usually agree about it, so that their batches need not wait for each
    other; a lane for each company would let only one of them go at a time.
    """

    def __init__(self) -> None:
        """Nothing is in flight."""
        self._number = 0
        self._said: dict[Hashable, str] = {}

    def flow_of(self, stream: Stream, items: Iterable[Item]) -> Hashable:
        """Name what a batch may be in flight with."""
        said = dict(pair for each in items for pair in _said_of_its_company(each.fields))
        if any(self._said.get(what, digest) != digest for what, digest in said.items()):
            self._number += 1
            self._said.clear()
        self._said |= said
        return (flow_of(stream), self._number)


def _said_of_its_company(fields: Mapping[str, Any]) -> Iterable[tuple[Hashable, str]]:
    given = {
        name: each
        for name, each in fields.items()
        if name.startswith(f"{SubjectKind.COMPANY}_") and not is_blank(each)
    }
    key = next((each for each in IDENTIFIERS[SubjectKind.COMPANY] if each in given), None)
    if key is not None:
        company = str(listed(given.pop(key))[0]).strip().lower()
        for name, each in given.items():
            yield (key, company, name), field_digest(each)


def lanes_of(
    stream: Stream, delivery: Delivery, items: Sequence[Item], intents: Iterable[Intent]
) -> frozenset[Hashable]:
    """Name what no other send may be about at the same time.

    Args:
        stream: The stream.
        delivery: The calls.
        items: The records.
        intents: What the ledger knows it as.
    """
    template, first = stream.route.template, delivery.requests[0]
    lanes: set[Hashable] = {each.thing for each in intents}
    if (of := object_of(template, items[0].params)) is not None:
        lanes.add(of)
    if template.subject:
        lanes.update(_identities(template.subject, items))
    if not first.repeatable and template.find is not None:
        # If the outcomes of both were unknown, a look-up could take one for the other.
        of_what = sorted(items[0].params.items())
        lanes.add((template.id, *of_what, *_as_looked_up(first.payload)))
    return frozenset(lanes)


def _identities(kind: SubjectKind, items: Iterable[Item]) -> Iterable[Hashable]:
    """Name the contacts or companies of a batch, as far as records tell without Groove."""
    for each in items:
        for name in IDENTIFIERS[kind]:
            for value in listed(each.fields.get(name)):
                if value is not None:
                    yield (kind, str(value).lower())


def object_of(template: Template, params: Mapping[str, str]) -> Hashable:
    """Name the Groove object that a call is about; None if it makes one.

    Args:
        template: The endpoint.
        params: Values of the path parameters.
    """
    if template.id == CUSTOM:
        is_one_object = template.path_params or template.method != "POST"
        return (template.path, *sorted(params.items())) if is_one_object else None
    param = _object_param(template)
    # Customers are found by e-mail, whatever the case of its letters.
    return (param, params[param].lower()) if param else None


def _as_looked_up(payload: Any) -> tuple[str, ...]:
    """Give what look-ups go by at least: a title or a name, of tickets the subject and the text.

    Files are looked up at their message, which is a lane itself.
    """
    if not isinstance(payload, dict):
        return ()
    named = [each for each in ("title", "name") if each in payload]
    return tuple(visible(str(payload.get(each, ""))) for each in named or ("subject", "body"))


def _object_param(template: Template) -> str:
    """Name the path parameter that says which Groove object a call is about."""
    if template.id == CUSTOM or template.makes_another or not template.path_params:
        return ""
    return template.path_params[-1].name

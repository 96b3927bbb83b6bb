"""From claimed records to the send that carries them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from target_groove.delivery.request import Content, Delivery
from target_groove.differences import differences, field_digests
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.identity import call_digest
from target_groove.ordering import CompanyFlows, flow_of, lanes_of, object_of
from target_groove.planning import Planner, PlanProblem
from target_groove.send import Send
from target_groove.settling import what_is_left
from target_groove.subjects.carrying_out import Subject
from target_groove.subjects.showing import batch_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.batching import Item
    from target_groove.endpoints.template import SubjectKind
    from target_groove.ledger.entry import Entry, Intent
    from target_groove.ledger.ledger import Ledger
    from target_groove.ledger.without import WithoutLedger
    from target_groove.outputs.notices import Notices
    from target_groove.sending import Sending
    from target_groove.settings import Settings
    from target_groove.settling import Settling
    from target_groove.streams import Stream
    from target_groove.subjects.carrying_out import Subjects


class _Plan(NamedTuple):
    """What is to be sent of a record.

    Attributes:
        left: The requests that are left; None if there are none.
        new_id: The id that Groove gave before.
        fields: For templates that compare by field: what is to be remembered, by field.
        fields_before: What of that is certain before.
    """

    left: Delivery | None
    new_id: str | None = None
    fields: Mapping[str, str] | None = None
    fields_before: Mapping[str, str] = {}


class Dispatch:
    """Plans the requests of claimed records and has them sent."""

    def __init__(
        self,
        settings: Settings,
        *,
        sending: Sending,
        subjects: Subjects,
        settling: Settling,
        ledger: Ledger | WithoutLedger,
        notices: Notices,
    ) -> None:
        """Take the parts."""
        self._planner = Planner(settings)
        self._graphql_url = settings.graphql_address
        self._subjects = subjects
        self._company_flows = CompanyFlows()
        self._sending = sending
        self._settling = settling
        self._ledger = ledger
        self._notices = notices

    def deliver(
        self,
        stream: Stream,
        items: Sequence[Item],
        payload: Any,
        intents: Sequence[Intent],
        *,
        entry: Entry | None = None,
        voided: Sequence[Item] = (),
    ) -> None:
        """Deliver records that share a request.

        Args:
            stream: Their stream.
            items: The records.
            payload: The body, None for files.
            intents: What the ledger knows them as: one of all, or one for each.
            entry: What the ledger knows of the one thing that they are.
            voided: Earlier records that this one makes void.

        Raises:
            DeliveryError: The run is to stop.
            Interrupted: A signal came.
        """
        if stream.route.template.subject:
            self._deliver_subjects(stream, stream.route.template.subject, items, intents)
            return
        try:
            plan = self._plan(stream, items, payload, entry)
        except PlanProblem as error:
            if stream.route.template.content is Content.BINARY and len(items) > 1:
                # One file is unusable: each goes alone, so that only its record is rejected.
                for item, intent in zip(items, intents, strict=True):
                    self.deliver(stream, [item], None, [intent])
            else:
                self.refuse(stream, [*voided, *items], intents, str(error))
            return
        calls_done = entry.calls_done if entry else ()
        positions = _positions(items, intents)
        if plan.left is None:
            self._ledger.delivered(
                intents,
                resource_id=plan.new_id,
                calls=calls_done,
                positions=positions,
                fields=plan.fields,
            )
            # This very version was created before, or went through before it was set aside, or
            # differs in nothing that Groove could be told.
            self._settling.all_merged(stream.route, voided)
            self._settling.unchanged(stream.route, items[0].source)
            return
        self._sending.begin(
            Send(
                route=stream.route,
                delivery=plan.left,
                params=items[0].params,
                intents=tuple(intents),
                flow=flow_of(stream),
                lanes=lanes_of(stream, plan.left, items, intents),
                calls_done=calls_done,
                new_id=plan.new_id,
                positions=positions,
                in_doubt=entry if entry and entry.left_at is not None else None,
                voided=tuple(voided),
                fields=plan.fields,
                fields_before=plan.fields_before,
            )
        )

    def _deliver_subjects(
        self,
        stream: Stream,
        kind: SubjectKind,
        items: Sequence[Item],
        intents: Sequence[Intent],
    ) -> None:
        """Have contacts or companies looked up, created and changed, in documents of many."""
        names = stream.key_names
        subjects = [
            Subject(fields=each.fields, known_id=each.known_id, record_key=names) for each in items
        ]
        request = batch_request(
            stream.route.template,
            url=self._graphql_url,
            headers=stream.route.headers,
            subjects=subjects,
            sources=tuple(each.source for each in items),
        )
        delivery = Delivery((request,))
        self._sending.begin(
            Send(
                route=stream.route,
                delivery=delivery,
                params={},
                intents=tuple(intents),
                flow=self._company_flows.flow_of(stream, items),
                lanes=lanes_of(stream, delivery, items, intents),
                positions=_positions(items, intents),
                carry_out=partial(self._subjects.carry_out, kind, request, subjects),
            )
        )

    def refuse(
        self, stream: Stream, items: Sequence[Item], intents: Sequence[Intent], reason: str
    ) -> None:
        """Reject records that were claimed, before they became a request.

        Raises:
            DeliveryError: The run is to stop.
        """
        # What came before it about the same object may be rejected too, and comes first then.
        self._sending.wait_for(object_of(stream.route.template, items[0].params))
        claimed = {each.intent.thing for each in items if each.intent is not None}
        self._ledger.release(claimed | {each.thing for each in intents})
        self._settling.reject(stream.route, tuple(each.source for each in items), reason)

    def _plan(
        self, stream: Stream, items: Sequence[Item], payload: Any, entry: Entry | None
    ) -> _Plan:
        template, fields = stream.route.template, None
        if template.changes:
            fields = field_digests(template, items[0].params, payload)
            if entry and entry.resource_id is not None:
                return self._changes(stream, items[0], entry, entry.resource_id, fields)
            if entry and (entry.content_hash is not None or entry.calls_done):
                msg = (
                    "it is in Groove, but under which id was never said (`ledger resolve` takes "
                    "--id), so that no change can be sent; make it by hand, or say "
                    "`target-groove ledger forget`, which has it created anew"
                )
                raise PlanProblem(msg)
            if stream.route.append_only:
                self._notices.always_creates(stream.name, template)
        delivery = self._planned(stream, items, payload, entry)
        if len(delivery.requests) > 1:
            self._notices.inferred_follow_up(template)
        left, new_id = what_is_left(delivery)
        calls_done = entry.calls_done if entry else ()
        if left and calls_done:
            rest = tuple(
                each
                for each in left.requests
                if each.repeatable or call_digest(each) not in calls_done
            )
            left, new_id = Delivery(rest) if rest else None, entry and entry.resource_id
        return _Plan(left, new_id, fields)

    def _changes(
        self, stream: Stream, item: Item, entry: Entry, found: str, now: Mapping[str, str]
    ) -> _Plan:
        """Plan the calls for the fields that changed since they were delivered."""
        template = stream.route.template
        # What is loose may have left without a note that survived: nothing is certain then.
        before = entry.field_digests if entry.left_at is None else {}
        differing = differences(template, now, before)
        if differing.moved:
            msg = (
                f"{', '.join(differing.moved)}: it was created with another one ({found}), and "
                "Groove cannot move it; `target-groove ledger forget` has it created anew"
            )
            raise PlanProblem(msg)
        self._notices.fixed_fields(stream.name, template, differing.fixed)
        delivery = self._planner.plan_changes(
            stream.route,
            item.params,
            item.fields,
            (item.source,),
            changed=differing.changed,
            resource_id=found,
        )
        for each in delivery.requests if delivery else ():
            self._notices.inferred(TEMPLATES[each.endpoint])
        return _Plan(delivery, found, {**before, **now}, before)

    def _planned(
        self, stream: Stream, items: Sequence[Item], payload: Any, entry: Entry | None
    ) -> Delivery:
        sources = tuple(each.source for each in items)
        route, params = stream.route, items[0].params
        if route.template.content is Content.BINARY:
            files = [each.fields for each in items]
            return self._planner.plan_uploads(route, params, files, sources)
        created = self._planner.plan(route, params, payload, sources)
        found = entry.resource_id if entry else None
        update, rule = stream.update_route, route.template.update
        if update is None or rule is None or found is None:
            return created
        if entry and call_digest(created.requests[0]) in entry.calls_done:
            return created  # What is left of it goes on.
        template = update.template
        self._notices.inferred(template)
        if not template.open_fields:
            payload = {name: each for name, each in payload.items() if name in template.field_names}
        return self._planner.plan(update, {**params, rule.id_param: found}, payload, sources)


def _positions(items: Sequence[Item], intents: Sequence[Intent]) -> tuple[int, ...] | None:
    """Give the places of records without a key in the order of settling."""
    if intents[0].thing.is_keyed:
        return None
    positions = [each.source.position for each in items]
    return tuple(positions) if len(intents) == len(items) else (max(positions),)

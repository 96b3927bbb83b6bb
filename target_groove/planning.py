"""From a checked payload to the requests that will leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from target_groove.attachments import AttachmentProblem, read_upload
from target_groove.delivery.request import NEW_ID_PLACEHOLDER, Content, Delivery, Request, Source
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.custom import CUSTOM
from target_groove.routes import Grouping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.endpoints.later_calls import Change
    from target_groove.endpoints.template import Template
    from target_groove.routes import Route
    from target_groove.settings import Settings

_WITHOUT_BODY = frozenset({"GET", "DELETE"})


class PlanProblem(ValueError):
    """No request can be made of a payload; the text begins with the field."""


class Planner:
    """Makes the requests of all routes of a run."""

    def __init__(self, settings: Settings) -> None:
        """Keep the base URLs and the folder of attachments."""
        self._api_url = settings.api_url.rstrip("/")
        self._upload_url = settings.upload_url
        self._attachments_dir = settings.attachments_dir

    def plan(
        self,
        route: Route,
        params: Mapping[str, str],
        payload: Any,
        sources: tuple[Source, ...],
    ) -> Delivery:
        """Make the requests for one payload, in the order in which they must leave.

        Args:
            route: The route that made the payload.
            params: Values of the path parameters.
            payload: The payload, checked.
            sources: The records it carries.

        Raises:
            PlanProblem: There is nothing to send.
        """
        template = route.template
        first = Request(
            endpoint=template.id,
            stream=sources[0].stream,
            method=template.method,
            url=self._url(template, template.path, params),
            content=template.content,
            headers=route.headers,
            sources=sources,
            repeatable=template.repeatable,
            answer=template.answer,
        )
        if template.method in _WITHOUT_BODY or not (template.fields or template.open_fields):
            return Delivery((replace(first, content=Content.EMPTY),))
        if route.batch and route.batch.grouping is Grouping.NDJSON:
            return Delivery((replace(first, payload=payload, content=Content.NDJSON),))
        if isinstance(payload, list):
            return Delivery((replace(first, payload=payload),))
        delivery = self._from_fields(first, template, params, payload)
        for change in template.changes:
            taken = [name for name in payload if change.takes(name)]
            if change.follows_create and taken:
                there = replace(route, template=_of_the_new_one(change))
                more = self._change(there, change, params, payload, names=taken, sources=sources)
                delivery = Delivery((*delivery.requests, *more))
        return delivery

    def plan_changes(
        self,
        route: Route,
        params: Mapping[str, str],
        payload: Mapping[str, Any],
        sources: tuple[Source, ...],
        *,
        changed: Sequence[str],
        resource_id: str,
    ) -> Delivery | None:
        """Make the requests for those fields of a known thing that changed.

        Args:
            route: A route to a template with `changes`.
            params: Values of the path parameters.
            payload: The payload, checked.
            sources: The record.
            changed: The fields.
            resource_id: Groove's id of the thing.

        Returns:
            The requests, in the order of the template's `changes`; None if there are none.
        """
        requests: list[Request] = []
        for change in route.template.changes:
            if taken := [name for name in changed if change.takes(name)]:
                there = replace(route, template=TEMPLATES[change.endpoint])
                values = {**params, change.id_param: resource_id}
                requests += self._change(
                    there, change, values, payload, names=taken, sources=sources
                )
        return Delivery(tuple(requests)) if requests else None

    def _change(
        self,
        there: Route,
        change: Change,
        params: Mapping[str, str],
        payload: Mapping[str, Any],
        *,
        names: Sequence[str],
        sources: tuple[Source, ...],
    ) -> list[Request]:
        body = {change.renamed.get(name, name): payload[name] for name in names}
        along = {name: payload[name] for name in change.along if name in payload}
        planned = self.plan(there, params, {**body, **along}, sources).requests
        ours = {change.renamed.get(name, name): name for name in names}
        return [
            replace(each, fields=tuple(ours[name] for name in each.fields if name in ours))
            for each in planned
        ]

    def plan_uploads(
        self,
        route: Route,
        params: Mapping[str, str],
        files: Sequence[Mapping[str, Any]],
        sources: tuple[Source, ...],
    ) -> Delivery:
        """Make the request for the attachments of one message.

        One file goes as it is, several go as one multipart form; Groove documents both.

        Args:
            route: A route to `upload_attachment`.
            params: Values of the path parameters.
            files: For each file the checked payload.
            sources: The record of each file.

        Raises:
            PlanProblem: A file cannot be sent.
        """
        try:
            uploads = [read_upload(each, self._attachments_dir) for each in files]
        except AttachmentProblem as error:
            raise PlanProblem(str(error)) from error
        template = route.template
        url = self._url(template, template.path, params)
        single = len(uploads) == 1
        if single:
            name = urlencode({"filename": uploads[0].filename}, quote_via=quote)
            url += f"{'&' if '?' in url else '?'}{name}"
        request = Request(
            endpoint=template.id,
            stream=sources[0].stream,
            method=template.method,
            url=url,
            payload=uploads[0] if single else uploads,
            content=Content.BINARY if single else Content.MULTIPART,
            headers=route.headers,
            sources=sources,
            repeatable=template.repeatable,
            answer=template.answer,
        )
        return Delivery((request,))

    def _from_fields(
        self, first: Request, template: Template, params: Mapping[str, str], payload: Any
    ) -> Delivery:
        if payload and not (template.follow_ups or template.changes or template.one_call_per):
            return Delivery((replace(first, payload=dict(payload), fields=tuple(payload)),))
        asked = [each for each in template.follow_ups if payload.get(each.field) == each.value]
        followed = {each.field for each in template.follow_ups}
        followed |= {
            name for each in template.changes if each.follows_create for name in each.fields
        }
        body = {name: each for name, each in payload.items() if name not in followed}
        follow_ups = [
            replace(
                first,
                method=each.method,
                url=self._url(template, each.path, params),
                content=Content.EMPTY,
                repeatable=True,
                fields=(each.field,),
            )
            for each in asked
        ]
        if not body:
            if template.id == CUSTOM:
                return Delivery((replace(first, content=Content.EMPTY),))
            if follow_ups and all(NEW_ID_PLACEHOLDER not in each.url for each in follow_ups):
                return Delivery(tuple(follow_ups))
            msg = f"the record has no field for {template.id}"
            raise PlanProblem(msg)
        name = template.one_call_per
        if name and isinstance(body.get(name), list):
            if not body[name]:
                msg = f"{name}: the list is empty"
                raise PlanProblem(msg)
            each_body = [{**body, name: value} for value in dict.fromkeys(body[name])]
            return Delivery(tuple(replace(first, payload=each) for each in each_body))
        return Delivery((replace(first, payload=body, fields=tuple(body)), *follow_ups))

    def _url(self, template: Template, path: str, params: Mapping[str, str]) -> str:
        for param in template.path_params:
            if param.name not in params:
                msg = f"{param.name}: {template.path} needs it, and the route's url lacks it"
                raise PlanProblem(msg)
            # Groove refuses an encoded @ in a path; all else that means something is encoded.
            path = path.replace(f"{{{param.name}}}", quote(params[param.name], safe="@"))
        if path.startswith(("http://", "https://")):
            return path
        return (self._upload_url if template.uploader else self._api_url) + path


def _of_the_new_one(change: Change) -> Template:
    """Address what the call before creates, whose id is not known yet."""
    target = TEMPLATES[change.endpoint]
    params = tuple(each for each in target.path_params if each.name != change.id_param)
    path = target.path.replace(f"{{{change.id_param}}}", NEW_ID_PLACEHOLDER)
    return replace(target, path=path, path_params=params)

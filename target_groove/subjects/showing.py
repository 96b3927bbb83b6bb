"""A batch as one request that people can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import Request, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.endpoints.template import Template
    from target_groove.subjects.carrying_out import Subject


def batch_request(
    template: Template,
    *,
    url: str,
    headers: Mapping[str, str],
    subjects: Sequence[Subject],
    sources: tuple[Source, ...],
) -> Request:
    """Make the request that stands for a batch: in the ledger, in dead letters, in previews.

    What is sent are documents made of it; its body shows what they will set.

    Args:
        template: `upsert_contact` or `upsert_company`.
        url: Address of the GraphQL API.
        headers: Headers of the route, which go with every document.
        subjects: The records' payloads.
        sources: The records, one for each subject.
    """
    shown = [
        {**({"id": each.known_id} if each.known_id else {}), **each.fields} for each in subjects
    ]
    return Request(
        endpoint=template.id,
        stream=sources[0].stream,
        method=template.method,
        url=url,
        payload={template.id: shown[0] if len(shown) == 1 else shown},
        headers=headers,
        sources=sources,
        repeatable=True,
        answer=AnswerRule(id_attributes=()),
    )

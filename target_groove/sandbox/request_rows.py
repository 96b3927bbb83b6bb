"""Turns entries of the log into what the page of requests shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.description import glance

if TYPE_CHECKING:
    from target_groove.sandbox.log import Entry

_SHOWN = 4000
_GLANCE = 200


def request_row(entry: Entry) -> dict[str, Any]:
    """Return an entry with a line to glance at and its body as texts to read, by title.

    Of a GraphQL call these are the query in lines, its variables and the answer: the status
    says nothing there. The answers of other calls are kept for the newest of them.
    """
    shown = entry.shown()
    body, call = shown["body"], shown["graphql"]
    if call is not None:
        texts = {
            "Query": call["query"],
            "Variables": _pretty(call["variables"]),
            "Answer": _pretty(call["answer"]),
        }
        return {
            **shown,
            "glance": glance(call)[:_GLANCE],
            "texts": {title: _cut(text) for title, text in texts.items() if text},
            "fields": sum(len(operation["fields"]) for operation in call["operations"]),
            "failed": _failed(call["answer"]),
        }
    texts = {"Body": _pretty(body), "Answer": _pretty_reply(entry.reply)}
    return {
        **shown,
        "glance": "" if body is None else json.dumps(body, ensure_ascii=False)[:_GLANCE],
        "texts": {title: _cut(text) for title, text in texts.items() if text},
        "fields": None,
        "failed": 0,
    }


def _failed(answer: dict[str, Any]) -> int:
    """Count the errors of a GraphQL answer, those in payloads included."""
    payloads = (answer.get("data") or {}).values()
    inside = sum(len(it.get("errors") or ()) for it in payloads if isinstance(it, dict))
    return inside + len(answer.get("errors") or ())


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _pretty_reply(reply: bytes | None) -> str:
    if not reply:
        return ""
    try:
        return _pretty(json.loads(reply))
    except ValueError:
        return reply.decode("utf-8", "replace")


def _cut(text: str) -> str:
    if len(text) <= _SHOWN:
        return text
    return f"{text[:_SHOWN]}\n… {len(text) - _SHOWN} more characters"

"""Describes a GraphQL call for the log: what it asked for, and what it was told."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse, print_ast

Described = dict[str, Any]


def described(content: bytes | None, answer: bytes | None) -> Described | None:
    """Return the parts of a call to the GraphQL endpoint.

    Args:
        content: The body of the call.
        answer: What it was answered, whether or not that arrived; None for other calls, and
            for those that never reached the endpoint.

    Returns:
        ``operations`` (type, name, and the fields at the top with their aliases), ``query`` in
        lines, ``variables`` and ``answer``; None for what is no GraphQL call.
    """
    if answer is None:
        return None
    try:
        body = json.loads(content or b"")
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    query = body.get("query")
    text, operations = _parsed(query) if isinstance(query, str) else ("", ())
    return {
        "operations": [
            {"type": kind, "name": name, "fields": [{"alias": a, "field": f} for a, f in fields]}
            for kind, name, fields in operations
        ],
        "query": text,
        "variables": body.get("variables"),
        "answer": json.loads(answer),
    }


def glance(call: Described) -> str:
    """Say in a line what a call asked for, like ``mutation contactCreate x 12``."""
    said = []
    for operation in call["operations"]:
        counts: dict[str, int] = {}
        for field in operation["fields"]:
            counts[field["field"]] = counts.get(field["field"], 0) + 1
        fields = ", ".join(
            f"{name} x {count}" if count > 1 else name for name, count in counts.items()
        )
        said.append(f"{operation['type']} {fields}")
    return "; ".join(said) or "no operation"


_Operation = tuple[str, str | None, tuple[tuple[str, str], ...]]


# The page asks for the same calls again and again.
@lru_cache(maxsize=512)
def _parsed(query: str) -> tuple[str, tuple[_Operation, ...]]:
    try:
        document = parse(query)
    except GraphQLError:
        return query, ()
    operations = tuple(
        (
            node.operation.value,
            node.name.value if node.name else None,
            tuple(
                (field.alias.value if field.alias else field.name.value, field.name.value)
                for field in node.selection_set.selections
                if isinstance(field, FieldNode)
            ),
        )
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )
    return print_ast(document), operations

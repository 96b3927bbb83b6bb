"""Several queries or mutations in one GraphQL document, each under an alias of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One query or mutation.

    Attributes:
        name: Its name in the schema.
        arguments: Type and value of each argument that comes from records.
        constants: Arguments as they stand in the document.
        selection: What is asked of its result.
        fragment: A fragment that the selection names; once in the document, for all that name it.
    """

    name: str
    arguments: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    constants: str = ""
    selection: str
    fragment: str = ""


def alias(position: int) -> str:
    """Name the operation at a position of its document."""
    return f"o{position}"


def document(operations: Sequence[Operation], *, changes: bool) -> dict[str, Any]:
    """Write a document.

    Values never stand in its text: they go into variables, so that nothing in a record can be
    taken for GraphQL.

    Args:
        operations: What is in it.
        changes: Whether they are mutations.

    Returns:
        The body of the request, `{query, variables}`.
    """
    variables: dict[str, Any] = {}
    declared, lines = [], []
    for position, each in enumerate(operations):
        given = [each.constants] if each.constants else []
        for name, (type_, value) in each.arguments.items():
            variable = f"{alias(position)}_{name}"
            declared.append(f"${variable}: {type_}")
            given.append(f"{name}: ${variable}")
            variables[variable] = value
        arguments = f"({', '.join(given)})" if given else ""
        lines.append(f"  {alias(position)}: {each.name}{arguments} {{ {each.selection} }}\n")
    head = "mutation Upsert" if changes else "query LookUp"
    names = f"({', '.join(declared)})" if declared else ""
    fragments = dict.fromkeys(f"\n{each.fragment}" for each in operations if each.fragment)
    query = f"{head}{names} {{\n{''.join(lines)}}}{''.join(fragments)}"
    return {"query": query, "variables": variables}

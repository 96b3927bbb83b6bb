"""The schema that a token gets to see.

Access differs by account and token: an administrator's introspection was seen to have no
conversations, others have. So what is missing here is missing from the schema, not refused.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from graphql import build_schema

from target_groove.sandbox.graphql import mutations, queries

if TYPE_CHECKING:
    from graphql import GraphQLSchema

_HERE = Path(__file__).parent
_PARTS = {
    "full": ("account", "crm", "field_creation"),
    "no_crm": ("account",),
    "no_field_creation": ("account", "crm"),
    "bulk_renamed": ("account", "crm", "field_creation"),
}
# As which the token sees the API; with "off" there is none.
ACCESS = (*_PARTS, "off")


def schema_text(access: str) -> str:
    """Return the schema as text, one of ``ACCESS`` but "off"."""
    text = "\n".join((_HERE / f"{part}.graphql").read_text("utf-8") for part in _PARTS[access])
    if access == "bulk_renamed":
        return text.replace("ustomFieldValuesBulkUpdate", "ustomFieldBulkUpdate")
    return text


@cache
def schema_for(access: str) -> GraphQLSchema:
    """Return the schema with its resolvers."""
    schema = build_schema(schema_text(access))
    resolvers = {**queries.RESOLVERS, "Mutation": mutations.RESOLVERS}
    for type_name, fields in resolvers.items():
        known = getattr(schema.get_type(type_name), "fields", {})
        for name, resolve in fields.items():
            if name in known:
                known[name].resolve = resolve
    return schema

"""What a token may see of Groove's GraphQL, and how it is asked for.

Accounts and tokens see different parts of the schema, and names have changed over the years
(groove-api: an administrator's introspection without conversations; a bulk mutation with two
names). So nothing is asked for before introspection showed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from target_groove.endpoints.template import SubjectKind

INTROSPECTION: Final = """query Introspection {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      name
      fields { name args { name type { ...T } } type { ...T } }
      inputFields { name type { ...T } }
      enumValues { name }
      possibleTypes { name }
    }
  }
}
fragment T on __Type { name ofType { name ofType { name ofType { name } } } }"""
"""What every tool asks of a GraphQL server, without the descriptions."""
COLLECTIONS: Final = {SubjectKind.CONTACT: "contacts", SubjectKind.COMPANY: "companies"}
_TYPES: Final = {SubjectKind.CONTACT: "Contact", SubjectKind.COMPANY: "Company"}
_CUSTOM_FIELD: Final = "CustomField"
PAGE: Final = 100
"""Things a page; Groove gives fewer if that is more than it gives (clients use 50 to 100)."""
_BULK_NAMES: Final = ("customFieldValuesBulkUpdate", "customFieldBulkUpdate")
_UNIQUE_NAMES: Final = ("isUnique", "unique")
_MEMBERS: Final = {
    "Text": ("content",),
    "Link": ("link", "text"),
    "Address": ("street", "street2", "city", "state", "postalCode", "country"),
}


class Schema:
    """What introspection showed."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read the answer to `INTROSPECTION`; parts that the token may not see are not in it."""
        schema = _mapping(data.get("__schema"))
        self._types = _by_name(schema.get("types"))
        self._fragments: dict[str, str] = {}
        self._queries = self._fields(_mapping(schema.get("queryType")).get("name"))
        self._mutations = self._fields(_mapping(schema.get("mutationType")).get("name"))

    def missing(self, kind: SubjectKind) -> list[str]:
        """Name what an upsert needs and the token may not see."""
        queries = (COLLECTIONS[kind], "customFields")
        mutations = (f"{kind}Create", "customFieldValuesUpdate")
        return [
            *(name for name in queries if name not in self._queries),
            *(name for name in mutations if name not in self._mutations),
        ]

    def can_change(self, mutation: str) -> bool:
        """Tell whether the token may see a mutation."""
        return mutation in self._mutations

    def can_ask(self, query: str) -> bool:
        """Tell whether the token may see a query."""
        return query in self._queries

    @property
    def bulk(self) -> str | None:
        """The name of the mutation for many subjects; None if there is none to be seen."""
        return next((name for name in _BULK_NAMES if name in self._mutations), None)

    def filters(self, kind: SubjectKind) -> frozenset[str]:
        """Name the filters of contacts or companies."""
        return frozenset(self._inputs(self.filter_type(kind)))

    def filter_type(self, kind: SubjectKind) -> str:
        """Name the type of the filter of contacts or companies; empty if there is none."""
        return _argument_type(self._queries.get(COLLECTIONS[kind]), "filter")

    def input_type(self, mutation: str) -> str:
        """Name the type of a mutation's input."""
        return _argument_type(self._mutations.get(mutation), "input")

    def input_names(self, mutation: str) -> frozenset[str]:
        """Name the fields of a mutation's input."""
        return frozenset(self._inputs(self.input_type(mutation)))

    def input_options(self, mutation: str, name: str) -> list[str]:
        """Name the values of an enumeration in a mutation's input; none if it is something else."""
        field = self._inputs(self.input_type(mutation)).get(name)
        options = _mapping(self._types.get(_type_of(field))).get("enumValues")
        return list(_by_name(options))

    def subject(self, kind: SubjectKind, *, with_companies: bool = False) -> tuple[str, str]:
        """Write the selection of a contact or company with its values.

        Returns:
            The name of a fragment, and the fragment.
        """
        name = f"{kind}InCompanies" if with_companies else f"{kind}Values"
        if name not in self._fragments:
            type_ = _TYPES[kind]
            parts = ["id", *self._present(type_, ("email", "domain"))]
            parts.append(f"customFieldValues(first: {PAGE}) {{ nodes {{ {self._value()} }} }}")
            if with_companies and "companies" in self._fields(type_):
                parts.append(f"companies(first: {PAGE}) {{ nodes {{ id }} }}")
            self._fragments[name] = f"fragment {name} on {type_} {{ {' '.join(parts)} }}"
        return name, self._fragments[name]

    def custom_field(self) -> str:
        """Write the selection of a custom field."""
        fields = self._fields(_CUSTOM_FIELD)
        parts = ["id", "key", "type", *self._present(_CUSTOM_FIELD, ("isArray", *_UNIQUE_NAMES))]
        if "options" in fields:
            options = "value label"
            if _type_of(fields["options"]).endswith("Connection"):
                options = f"nodes {{ {options} }}"
            parts.append(f"options {{ {options} }}")
        if "category" in fields and (kind := self.category_kind):
            parts.append(f"category {{ {kind} }}")
        return " ".join(parts)

    @property
    def category_kind(self) -> str:
        """The attribute of a category that says whether contacts or companies have its fields."""
        return next(iter(self._present("CustomFieldCategory", ("type", "categoryType"))), "")

    def _value(self) -> str:
        fields = self._fields("CustomFieldValue")
        key = "customField { key }" if "customField" in fields else "key"
        union = self._types.get(_type_of(fields.get("value")))
        members = (
            (name, [each for each in _MEMBERS.get(name, ()) if each in self._fields(name)])
            for name in _by_name(_mapping(union).get("possibleTypes"))
        )
        parts = (f"... on {name} {{ {' '.join(seen)} }}" for name, seen in members if seen)
        return f"{key} value {{ __typename {' '.join(parts)} }}"

    def _present(self, type_: str, names: tuple[str, ...]) -> Iterator[str]:
        return (name for name in names if name in self._fields(type_))

    def _fields(self, type_: Any) -> dict[str, Mapping[str, Any]]:
        return _by_name(_mapping(self._types.get(type_)).get("fields"))

    def _inputs(self, type_: str) -> dict[str, Mapping[str, Any]]:
        return _by_name(_mapping(self._types.get(type_)).get("inputFields"))


def _argument_type(field: Any, name: str) -> str:
    return _type_of(_by_name(_mapping(field).get("args")).get(name))


def _type_of(field: Any) -> str:
    """Name the type of a field or argument, whatever lists and exclamation marks are around it."""
    found = _mapping(_mapping(field).get("type"))
    while inner := _mapping(found.get("ofType")):
        found = inner
    return str(found.get("name") or "")


def _by_name(things: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(things, list):
        return {}
    return {str(each.get("name")): each for each in things if isinstance(each, Mapping)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

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
    queryType { fields { name args { name type { ...T } } type { ...T } } }
    mutationType { fields { name args { name type { ...T } } } }
  }
  contact: __type(name: "Contact") { ...F }
  company: __type(name: "Company") { ...F }
  custom_field: __type(name: "CustomField") { ...F }
  value: __type(name: "CustomFieldValue") { ...F }
  category: __type(name: "CustomFieldCategory") { ...F }
}
fragment F on __Type { fields { name args { name } type { ...T } } }
fragment T on __Type { ...N ofType { ...N ofType { ...N ofType { ...N } } } }
fragment N on __Type {
  kind
  name
  inputFields { name type { kind name ofType { kind name enumValues { name } } } }
  possibleTypes { name fields { name } }
}"""
COLLECTIONS: Final = {SubjectKind.CONTACT: "contacts", SubjectKind.COMPANY: "companies"}
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
        """Read the answer to `INTROSPECTION`; parts that the token may not see may be null."""
        schema = _mapping(data.get("__schema"))
        self._queries = _by_name(_mapping(schema.get("queryType")).get("fields"))
        self._mutations = _by_name(_mapping(schema.get("mutationType")).get("fields"))
        self._types = {
            name: _by_name(_mapping(data.get(name)).get("fields"))
            for name in ("contact", "company", "custom_field", "value", "category")
        }

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
        filter_ = self._filter(kind)
        return frozenset(each["name"] for each in _list(filter_.get("inputFields")))

    def filter_type(self, kind: SubjectKind) -> str:
        """Name the type of the filter of contacts or companies."""
        return str(self._filter(kind).get("name"))

    def input_type(self, mutation: str) -> str:
        """Name the type of a mutation's input."""
        return str(self._input(mutation).get("name"))

    def input_names(self, mutation: str) -> frozenset[str]:
        """Name the fields of a mutation's input."""
        return frozenset(each["name"] for each in _list(self._input(mutation).get("inputFields")))

    def input_options(self, mutation: str, name: str) -> list[str]:
        """Name the values of an enumeration in a mutation's input; none if it is something else."""
        for each in _list(self._input(mutation).get("inputFields")):
            if each["name"] == name:
                inner = _mapping(_mapping(each.get("type")).get("ofType"))
                return [str(option["name"]) for option in _list(inner.get("enumValues"))]
        return []

    def subject(self, kind: SubjectKind, *, with_companies: bool = False) -> str:
        """Write the selection of a contact or company with its values."""
        parts = ["id", *self._present(str(kind), ("email", "domain"))]
        parts.append(f"customFieldValues(first: {PAGE}) {{ nodes {{ {self._value()} }} }}")
        if with_companies and "companies" in self._types["contact"]:
            parts.append(f"companies(first: {PAGE}) {{ nodes {{ id }} }}")
        return " ".join(parts)

    def custom_field(self) -> str:
        """Write the selection of a custom field."""
        fields = self._types["custom_field"]
        parts = ["id", "key", "type", *self._present("custom_field", ("isArray", *_UNIQUE_NAMES))]
        if "options" in fields:
            options = "value label"
            if str(_named(fields["options"].get("type")).get("name")).endswith("Connection"):
                options = f"nodes {{ {options} }}"
            parts.append(f"options {{ {options} }}")
        if "category" in fields and (kind := self.category_kind):
            parts.append(f"category {{ {kind} }}")
        return " ".join(parts)

    @property
    def category_kind(self) -> str:
        """The attribute of a category that says whether contacts or companies have its fields."""
        return next(iter(self._present("category", ("type", "categoryType"))), "")

    @property
    def says_what_is_unique(self) -> bool:
        """Whether it can be seen which custom fields are unique."""
        return any(self._present("custom_field", _UNIQUE_NAMES))

    def _value(self) -> str:
        fields = self._types["value"]
        key = "customField { key }" if "customField" in fields else "key"
        union = _named(_mapping(fields.get("value")).get("type"))
        members = {
            str(each["name"]): {field["name"] for field in _list(each.get("fields"))}
            for each in _list(union.get("possibleTypes"))
        }
        selections = (
            f"... on {name} {{ {' '.join(each for each in _MEMBERS[name] if each in seen)} }}"
            for name, seen in members.items()
            if seen & set(_MEMBERS.get(name, ()))
        )
        return f"{key} value {{ __typename {' '.join(selections)} }}"

    def _present(self, type_: str, names: tuple[str, ...]) -> Iterator[str]:
        return (name for name in names if name in self._types[type_])

    def _filter(self, kind: SubjectKind) -> Mapping[str, Any]:
        return _argument(self._queries.get(COLLECTIONS[kind]), "filter")

    def _input(self, mutation: str) -> Mapping[str, Any]:
        return _argument(self._mutations.get(mutation), "input")


def _argument(field: Any, name: str) -> Mapping[str, Any]:
    arguments = _by_name(_mapping(field).get("args"))
    return _named(_mapping(arguments.get(name)).get("type"))


def _named(type_: Any) -> Mapping[str, Any]:
    """Give the type inside of lists and what must not be null."""
    found = _mapping(type_)
    while inner := _mapping(found.get("ofType")):
        found = inner
    return found


def _by_name(fields: Any) -> dict[str, Mapping[str, Any]]:
    return {str(each["name"]): each for each in _list(fields)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, Mapping) and "name" in each]

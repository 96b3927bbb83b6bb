"""Custom fields that records bring and Groove lacks, created once each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.values import ValueProblem
from target_groove.subjects.calls import InDoubt
from target_groove.subjects.custom_fields import CustomField, guessed_type
from target_groove.subjects.documents import Operation
from target_groove.subjects.schema import PAGE

if TYPE_CHECKING:
    from target_groove.delivery.engine import Engine
    from target_groove.endpoints.template import SubjectKind
    from target_groove.subjects.account import Account
    from target_groove.subjects.calls import Calls
    from target_groove.subjects.results import Result
    from target_groove.subjects.schema import Schema

SECONDS_BEFORE_LOOKING: Final = 2.0
"""How long Groove may still be at work on what it has not answered."""
_CATEGORY: Final = "synchronised"
_ICON: Final = "text"


class MissingFields:
    """Creates custom fields; a refusal is remembered for the run."""

    def __init__(self, account: Account, engine: Engine) -> None:
        """Take the parts."""
        self._account = account
        self._engine = engine
        self._refused: dict[str, str] = {}
        self._categories: dict[SubjectKind, str] = {}

    def make(
        self, calls: Calls, schema: Schema, kind: SubjectKind, key: str, value: Any
    ) -> CustomField:
        """Create a field, unless somebody else did.

        Raises:
            ValueProblem: It cannot be created; the text is the end of a sentence.
            Stopped: Groove did not answer.
        """
        with self._account.lock:
            if field := self._account.fields(calls, kind).get(key):
                return field
            if key not in self._refused:
                try:
                    return self._made(calls, schema, kind, key, value)
                except ValueProblem as error:
                    self._refused[key] = str(error)
            raise ValueProblem(self._refused[key])

    def _made(
        self, calls: Calls, schema: Schema, kind: SubjectKind, key: str, value: Any
    ) -> CustomField:
        if not schema.can_change("customFieldCreate"):
            msg = "Groove has no such custom field, and api_token may not see customFieldCreate"
            raise ValueProblem(msg)
        type_, is_array = guessed_type(value)
        if is_array:
            msg = (
                "Groove has no such custom field, and fields for lists can only be created in "
                "Groove itself"
            )
            raise ValueProblem(msg)
        mutation = "customFieldCreate"
        icons = schema.input_options(mutation, "icon")
        given = {
            "categoryId": self._category(calls, schema, kind),
            "icon": icons[0] if icons else _ICON,
            "key": key,
            "name": key.partition("_")[2].replace("_", " ").capitalize(),
            "type": type_.value,
        }
        for _ in range(self._engine.max_attempts):
            try:
                result = self._changed(
                    calls, schema, mutation, given, f"customField {{ {schema.custom_field()} }}"
                )
            except InDoubt:
                self._engine.pause(SECONDS_BEFORE_LOOKING)
                self._account.forget_fields()
                if field := self._account.fields(calls, kind).get(key):
                    return field
                continue
            node = result.data.get("customField") if isinstance(result.data, Mapping) else None
            made = self._account.add(node, calls, kind) if isinstance(node, Mapping) else None
            if made is not None:
                return made
            self._account.forget_fields()
            if field := self._account.fields(calls, kind).get(key):
                return field  # Somebody else was quicker.
            msg = f"Groove has no such custom field and did not create it: {result.problem}"
            raise ValueProblem(msg)
        msg = "Groove has no such custom field, and it is not known whether it was created"
        raise ValueProblem(msg)

    def _category(self, calls: Calls, schema: Schema, kind: SubjectKind) -> str:
        """Give the id of the first category for contacts or companies, or of a new one."""
        if kind in self._categories:
            return self._categories[kind]
        wanted = kind.value.upper()
        of = schema.category_kind
        if schema.can_ask("customFieldCategories") and of:
            (listed,) = calls.ask(
                [
                    Operation(
                        name="customFieldCategories",
                        constants=f"first: {PAGE}",
                        selection=f"nodes {{ id {of} }}",
                    )
                ]
            )
            for node in (listed.data or {}).get("nodes") or ():
                if str(node.get(of)) == wanted:
                    self._categories.setdefault(kind, str(node["id"]))
        if kind not in self._categories:
            self._categories[kind] = self._new_category(calls, schema, kind, wanted)
        return self._categories[kind]

    def _new_category(self, calls: Calls, schema: Schema, kind: SubjectKind, type_: str) -> str:
        mutation = "customFieldCategoryCreate"
        if not schema.can_change(mutation):
            msg = f"Groove has no category for it, and api_token may not see {mutation}"
            raise ValueProblem(msg)
        given = {"key": f"{kind}_{_CATEGORY}", "name": _CATEGORY.capitalize(), "type": type_}
        result = self._changed(calls, schema, mutation, given, "customFieldCategory { id }")
        made = (result.data or {}).get("customFieldCategory")
        if not isinstance(made, Mapping):
            msg = f"Groove did not create a category for it: {result.problem}"
            raise ValueProblem(msg)
        return str(made["id"])

    def _changed(
        self,
        calls: Calls,
        schema: Schema,
        mutation: str,
        given: Mapping[str, Any],
        selection: str,
    ) -> Result:
        operation = Operation(
            name=mutation,
            arguments={"input": (f"{schema.input_type(mutation)}!", dict(given))},
            selection=f"{selection} errors {{ path message }}",
        )
        results: list[Result] = []
        calls.change([operation], lambda _, result: results.append(result), repeatable=False)
        return results[0]

"""The account as a preview takes it to be: with a custom field for every value of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.endpoints.template import SubjectKind
from target_groove.preview.documented_schema import field_id
from target_groove.subjects.account import Account
from target_groove.subjects.custom_fields import CustomField, guessed_type, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_groove.preview.scene import Scene
    from target_groove.subjects.calls import Calls


class ImaginedAccount(Account):
    """Knows the fields that Groove documents, and guesses those of the account's own."""

    def __init__(self, scene: Scene) -> None:
        """Know nothing yet."""
        super().__init__()
        self._scene = scene

    def fields(self, calls: Calls, kind: SubjectKind) -> Mapping[str, CustomField]:
        """Give the documented fields, and one for each other value of the records on their way."""
        known = super().fields(calls, kind)
        guessed: dict[str, CustomField] = {}
        for name, value in self._values():
            if name not in known and f"{kind}_{name}" not in known:
                field = _guessed(kind, name, value)
                guessed.setdefault(field.key, field)
        return {**known, **guessed}

    def _values(self) -> Iterator[tuple[str, Any]]:
        send = self._scene.send
        (shown,) = send.delivery.requests[0].payload.values()
        of_each = shown if isinstance(shown, list) else [shown]
        for fields, source in zip(of_each, send.delivery.sources, strict=True):
            keys = send.route.key or source.schema.get("key_properties") or ()
            for name, value in fields.items():
                # A key that is no field of Groove is left out by a run as well.
                if name not in keys and name != "id" and not is_blank(value):
                    yield name, value


def _guessed(kind: SubjectKind, name: str, value: Any) -> CustomField:
    has_prefix = name.startswith(tuple(f"{each}_" for each in SubjectKind))
    key = name if has_prefix else f"{kind}_{name}"
    type_, is_array = guessed_type(value)
    is_company = key.startswith(f"{SubjectKind.COMPANY}_")
    return CustomField(
        id=field_id(key),
        key=key,
        type=type_,
        is_array=is_array,
        options={},
        kind=SubjectKind.COMPANY if is_company else SubjectKind.CONTACT,
    )

"""Whether a record fits its schema: found out fast where that is sure, else as the SDK does it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from singer_sdk.sinks.core import BaseJSONSchemaValidator

if TYPE_CHECKING:
    from collections.abc import Callable

_IGNORED: Final = frozenset({"title", "description", "default", "examples", "format", "$comment"})
"""Say nothing of a value; formats are not checked."""
_PLAIN: Final = frozenset(
    {
        "type",
        "required",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
    }
)
_OF_ONE_SCHEMA: Final = frozenset({"items", "additionalProperties"})
_OF_SCHEMAS: Final = frozenset({"anyOf", "allOf"})
_CONSTANTS: Final = (str, bool, type(None))


class QuickValidator(BaseJSONSchemaValidator):
    """Accepts what surely fits; all else is decided, and put into words, by another validator."""

    def __init__(
        self, schema: dict[str, Any], fits: Callable[[Any], bool], careful: BaseJSONSchemaValidator
    ) -> None:
        """Take both ways.

        Args:
            schema: The schema.
            fits: Made by `quick_check`.
            careful: Knows best.
        """
        super().__init__(schema)
        self._fits = fits
        self._careful = careful

    def validate(self, record: dict[str, Any]) -> None:
        """Do nothing if the record fits.

        Raises:
            InvalidRecord: It does not.
        """
        if not self._fits(record):
            self._careful.validate(record)


def quick_check(schema: dict[str, Any]) -> Callable[[Any], bool] | None:
    """Make what accepts JSON values by a compiled schema, JSON Schema 2020-12 without formats.

    It accepts nothing that `jsonschema` would refuse. `jsonschema` knows no integer in a `Decimal`,
    which is how `1.0` is read; jsonschema-rs does, so values with a `Decimal` where the schema asks
    for integers are left to the other. Patterns differ in their dialect, references may lead out of
    the schema: schemas with other words than those that are known here are left to it as well.

    Args:
        schema: A schema that `jsonschema` can use.

    Returns:
        Tells whether a value surely fits; None for a schema that cannot be compiled so.
    """
    # Loaded with the first schema: it costs some of the time that an empty run may take.
    import jsonschema_rs  # noqa: PLC0415

    known = {name: each for name, each in schema.items() if name != "$schema"}
    if not _is_known(known):
        return None
    try:
        is_valid = jsonschema_rs.Draft202012Validator(
            known, validate_formats=False, offline=True
        ).is_valid
    except ValueError:
        return None
    properties = known.get("properties", {})
    around = {name: each for name, each in known.items() if name != "properties"}
    with_integers = None if _asks_for_integers(around) else _names_of_integers(properties)

    def fits(value: Any) -> bool:
        if with_integers is None:
            if _has_decimal(value):
                return False
        else:
            for name in with_integers:
                if name in value and _has_decimal(value[name]):
                    return False
        try:
            return is_valid(value)
        except (ValueError, RecursionError):
            # No JSON: an expression of a stream map made it.
            return False

    return fits


def _names_of_integers(properties: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, each in properties.items() if _asks_for_integers(each))


def _is_known(schema: Any) -> bool:
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, dict):
        return False
    return all(_is_known_part(name, value) for name, value in schema.items())


def _is_known_part(name: str, value: Any) -> bool:
    if name == "properties":
        return isinstance(value, dict) and all(map(_is_known, value.values()))
    if name in _OF_ONE_SCHEMA:
        return _is_known(value)
    if name in _OF_SCHEMAS:
        return isinstance(value, list) and all(map(_is_known, value))
    if name == "enum":
        return isinstance(value, list) and all(isinstance(each, _CONSTANTS) for each in value)
    if name == "const":
        return isinstance(value, _CONSTANTS)
    # A word of JSON Schema has neither hyphen nor underscore nor dot; what a tap adds often has.
    is_added = not name.startswith("$") and not name.isalnum()
    return name in _PLAIN or name in _IGNORED or is_added


def _asks_for_integers(schema: Any) -> bool:
    """Look for the type "integer" anywhere in a schema; a name that is spelled so counts too."""
    if isinstance(schema, dict):
        return any(map(_asks_for_integers, schema.values()))
    if isinstance(schema, list):
        return any(map(_asks_for_integers, schema))
    return isinstance(schema, str) and schema == "integer"


def _has_decimal(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_decimal, value.values()))
    if isinstance(value, list):
        return any(map(_has_decimal, value))
    return isinstance(value, Decimal)

"""What Spark's columns are for Singer: their schema, and the values of records."""

from __future__ import annotations

import math
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from target_groove.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PLAIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "byte": {"type": "integer"},
    "short": {"type": "integer"},
    "integer": {"type": "integer"},
    "long": {"type": "integer"},
    "float": {"type": "number"},
    "double": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "timestamp_ntz": {"type": "string"},
    "void": {"type": "null"},
}
_TEXTS: Final = ("char(", "varchar(", "string collate")
_INSTEAD: Final = {
    "binary": "leave it out, or write it as text (base64)",
    "variant": "turn it into a struct or text (to_json)",
}


class UnusableValueError(DeliveryError):
    """A column has a value that cannot be written into a record."""


def singer_schema(fields: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
    """Write the schema of a frame as a SCHEMA message has it.

    Args:
        fields: The fields of the frame's `StructType`, as its `jsonValue` has them.

    Returns:
        The JSON schema, and what cannot be delivered, as sentences.
    """
    problems: list[str] = []
    schema = _struct(fields, problems, path="")
    return schema, problems


def _struct(fields: Sequence[Any], problems: list[str], path: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for each in fields:
        name = f"{path}{each['name']}"
        if each["name"] in properties:
            problems.append(f"Column {name} is there twice; give one of the two another name.")
        schema = _schema(each["type"], problems, name)
        properties[each["name"]] = _or_null(schema) if each["nullable"] else schema
    return {"type": "object", "properties": properties}


def _schema(kind: Any, problems: list[str], path: str) -> dict[str, Any]:
    if isinstance(kind, str):
        return _plain(kind, problems, path)
    match kind["type"]:
        case "struct":
            return _struct(kind["fields"], problems, f"{path}.")
        case "array":
            items = _schema(kind["elementType"], problems, path)
            return {
                "type": "array",
                "items": _or_null(items) if kind["containsNull"] else items,
            }
        case "map":
            values = _schema(kind["valueType"], problems, path)
            if _plain(kind["keyType"], [], path).get("type") != "string":
                problems.append(
                    f"Column {path}: a map whose keys are no text cannot be delivered; turn it "
                    "into a struct or text (to_json)."
                )
            more = _or_null(values) if kind["valueContainsNull"] else values
            return {"type": "object", "additionalProperties": more}
        case other:
            return _plain(str(other), problems, path)


def _plain(kind: Any, problems: list[str], path: str) -> dict[str, Any]:
    name = kind if isinstance(kind, str) else str(kind.get("type"))
    if name.startswith("decimal"):
        return {"type": "number"}
    if name.startswith(_TEXTS):
        return {"type": "string"}
    if name in _PLAIN:
        return dict(_PLAIN[name])
    instead = _INSTEAD.get(name, "leave it out, or write it as text")
    problems.append(f"Column {path}: {name} cannot be delivered; {instead}.")
    return {}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if not schema or schema["type"] == "null":
        return schema
    return {**schema, "type": [schema["type"], "null"]}


def records_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Write rows as the records that a tap would send.

    Numbers with a point keep their digits, dates and times become ISO 8601 (in UTC where they have
    a zone), and what is not a number (NaN, infinite) is null, as JSON has no word for it.

    Args:
        batch: The rows.

    Raises:
        UnusableValueError: Text is no UTF-8, or a date lies outside of the years 1 to 9999.
    """
    names = batch.schema.names
    columns = []
    for name, column in zip(names, batch.columns, strict=True):
        convert = _converter(column.type)
        try:
            values = column.to_pylist(maps_as_pydicts="strict")
            columns.append(list(map(convert, values)) if convert else values)
        except (ValueError, OverflowError) as error:
            msg = (
                f"Column {name} has a value that no record can have ({error}); leave such rows "
                "out, or put them right."
            )
            raise UnusableValueError(msg) from None
    if not names:
        return [{} for _ in range(batch.num_rows)]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _converter(kind: pa.DataType) -> Callable[[Any], Any] | None:  # noqa: PLR0911 - one a kind
    """Make what turns values of a column into JSON's; None if they are so already."""
    if pa.types.is_floating(kind):
        return _finite
    if pa.types.is_timestamp(kind):
        return _in_utc if kind.tz else _iso
    if pa.types.is_date(kind):
        return _iso
    if pa.types.is_struct(kind):
        inner = {each.name: convert for each in kind if (convert := _converter(each.type))}
        return _of_struct(inner) if inner else None
    if pa.types.is_map(kind):
        convert = _converter(kind.item_type)
        return _of_map(convert) if convert else None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        convert = _converter(kind.value_type)
        return _of_list(convert) if convert else None
    return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _iso(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _in_utc(value: Any) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()


def _of_struct(inner: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        return {name: inner[name](each) if name in inner else each for name, each in value.items()}

    return convert


def _of_map(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return None if value is None else {name: inner(each) for name, each in value.items()}

    return convert


def _of_list(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return None if value is None else [inner(each) for each in value]

    return convert

"""From a record to the payload and the path parameters of its request."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from target_groove.attributes import path_reader, without
from target_groove.delivery.request import Content
from target_groove.endpoints.template import (
    PERSON_ATTRIBUTES,
    Field,
    FieldType,
    ParamKind,
    PathParam,
)
from target_groove.endpoints.values import (
    ValueProblem,
    id_look_up,
    is_email,
    listed,
    takes_any_text,
    to_field,
)
from target_groove.wording import shown

if TYPE_CHECKING:
    from target_groove.routes import Route

_PERSON: Final = frozenset({"email", *PERSON_ATTRIBUTES})
_INTEGERS_BELOW: Final = 10**18
"""Ids written as `7.0` are shorter; `1e999999` would fill the memory with digits."""


class Payload(NamedTuple):
    """What a record asks to be sent.

    Attributes:
        params: Values of the path parameters, not yet escaped.
        fields: The payload, checked; may hold `LookUp`s at its top level.
        unknown: Names of attributes that were dropped because the template has no such field.
        problems: What Groove would refuse, a sentence each, beginning with the field.
    """

    params: Mapping[str, str]
    fields: dict[str, Any]
    unknown: tuple[str, ...]
    problems: tuple[str, ...]


class PayloadBuilder:
    """Builds the payloads of one route."""

    def __init__(self, route: Route) -> None:
        """Prepare what is the same for every record of the route."""
        self._route = route
        self._template = route.template
        self._fields = {each.name: each for each in route.template.fields}
        self._persons = {
            each.name for each in route.template.fields if each.type is FieldType.PERSON
        }
        self._any_texts = {
            each.name
            for each in route.template.fields
            if takes_any_text(each) and each.name != route.template.one_call_per
        }
        self._required = {each.name for each in route.template.fields if each.required}
        self._renamed = {
            synonym: each for each in route.template.fields for synonym in each.synonyms
        }
        self._id_names = {
            name: each
            for each in route.template.fields
            if each.look_up
            for name in each.look_up.names
        }
        usual_names = {
            each.name: (each.name, *each.synonyms)
            for each in route.template.path_params
            if each.name not in route.path_params
        }
        self._params = [
            (
                each,
                [path_reader(name) for name in usual_names[each.name]]
                if each.name in usual_names
                else [route.path_params[each.name]],
            )
            for each in route.template.path_params
        ]
        consumed = (*route.consumed, *chain.from_iterable(usual_names.values()))
        self._consumed = [
            name for name in consumed if name not in self._fields and name not in self._renamed
        ]
        self._other_names = {*self._renamed, *self._id_names}
        self._blank_is_absent = {
            each.name for each in route.template.fields if each.blank_is_absent
        }
        params = {each.name for each in route.template.path_params}
        defaults = {name: each for name, each in route.defaults.items() if name not in params}
        self._default_problems: list[str] = []
        self._defaults = self._with_field_names(
            without(defaults, route.exclude), self._default_problems
        )
        is_of_records = route.template.content is Content.BINARY or route.template.subject
        self._check = not route.batch or bool(is_of_records)

    def build(self, record: Mapping[str, Any]) -> Payload:
        """Build the payload of one record.

        Args:
            record: The record after stream maps; it is left as it is.
        """
        problems: list[str] = []
        params = self._read_params(record, problems)
        fields = self._values(record, problems)
        if not self._check:
            return Payload(params, fields, (), tuple(problems))
        unknown: list[str] = []
        checked = self.check(fields, params, problems, unknown)
        return Payload(params, checked, tuple(unknown), tuple(problems))

    def check(
        self,
        fields: dict[str, Any],
        params: Mapping[str, str],
        problems: list[str],
        unknown: list[str],
    ) -> dict[str, Any]:
        """Put a payload right where its meaning is certain, and say what is wrong with it.

        Args:
            fields: The payload as the route makes it; it is left as it is.
            params: Values of the path parameters.
            problems: Gets the problems, as sentences.
            unknown: Gets the names of dropped attributes.
        """
        if not self._fields and not self._route.drop_unknown:
            return dict(fields)
        values = self._template.prepare(fields) if self._template.prepare else fields
        for param in self._template.path_params:
            if param.also_field and values.get(param.also_field) is None and param.name in params:
                values = {**values, param.also_field: params[param.name]}
        checked: dict[str, Any] = {}
        for name, value in values.items():
            if type(value) is str and name in self._any_texts:
                checked[name] = value
            elif (field := self._fields.get(name)) is not None:
                if value is not None:
                    self._check_field(field, value, checked, problems, unknown)
            elif self._route.drop_unknown:
                unknown.append(name)
            else:
                checked[name] = value
        self._check_presence(checked, problems)
        return checked

    def _check_presence(self, checked: dict[str, Any], problems: list[str]) -> None:
        is_missing = self._required - checked.keys()
        if not is_missing and not any(map(checked.keys().isdisjoint, self._template.one_of)):
            return
        bad = {problem.partition(":")[0] for problem in problems}
        problems += [
            f"{name}: is missing" for name in self._fields if name in is_missing and name not in bad
        ]
        if not bad:
            problems += [
                f"{' or '.join(names)}: one of them is needed"
                for names in self._template.one_of
                if checked.keys().isdisjoint(names)
            ]

    def _check_field(
        self,
        field: Field,
        value: Any,
        checked: dict[str, Any],
        problems: list[str],
        unknown: list[str],
    ) -> None:
        is_dropping = self._route.drop_unknown and field.name in self._persons
        if is_dropping and not isinstance(value, str) and isinstance(value, Mapping):
            unknown += (f"{field.name}.{each}" for each in value if each not in _PERSON)
            value = {name: each for name, each in value.items() if name in _PERSON}
        try:
            if field.name == self._template.one_call_per:
                values = [to_field(field, each) for each in listed(value)]
                checked[field.name] = values if len(values) != 1 else values[0]
            else:
                checked[field.name] = to_field(field, value)
        except ValueProblem as error:
            problems.append(f"{field.name}: {error}")

    def _values(self, record: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
        if self._route.fields is None:
            values = without(dict(record), self._consumed)
        else:
            values = {}
            for name, reader in self._route.fields.items():
                try:
                    values[name] = reader(record)
                except ValueError as error:
                    problems.append(f"{name}: {error}")
        # Excludes act on the names of the record and on those of the fields: what came in as
        # `agent_id` is left out by that name as well as by `assignee`.
        values = self._with_field_names(without(values, self._route.exclude), problems)
        for name in self._blank_is_absent.intersection(values):
            value = values[name]
            if isinstance(value, str) and not value.strip():
                del values[name]
        problems += self._default_problems
        for name, default in self._defaults.items():
            if values.get(name) is None:
                values[name] = default
        return without(values, self._route.exclude)

    def _with_field_names(self, values: dict[str, Any], problems: list[str]) -> dict[str, Any]:
        """Give synonyms the name of their field, and ids the form of a look-up."""
        if self._other_names.isdisjoint(values):
            return values
        named = dict(values)
        for name, value in values.items():
            if name in self._fields or value is None:
                continue
            if (field := self._renamed.get(name)) and named.get(field.name) is None:
                named[field.name] = named.pop(name)
            elif (field := self._id_names.get(name)) and named.get(field.name) is None:
                del named[name]
                if not str(value).strip():
                    continue
                try:
                    named[field.name] = id_look_up(field.look_up, value)  # type: ignore[arg-type]
                except ValueProblem as error:
                    problems.append(f"{name}: {error}")
        return named

    def _read_params(self, record: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
        params = {}
        for param, readers in self._params:
            try:
                value = next((each for read in readers if (each := read(record)) is not None), None)
                if value is None:
                    value = self._route.defaults.get(param.name)
                params[param.name] = _path_value(param, value)
            except ValueError as error:
                problems.append(f"{param.name}: {error}")
        return params


def _path_value(param: PathParam, value: Any) -> str:
    """Check a value before it comes anywhere near a URL."""
    if isinstance(value, Decimal | float) and -_INTEGERS_BELOW < value < _INTEGERS_BELOW:
        value = int(value) if value == int(value) else value
    if value is None or (isinstance(value, str) and not value.strip()):
        msg = "is missing; the path needs it"
        raise ValueProblem(msg)
    if isinstance(value, bool) or not isinstance(value, str | int):
        msg = f"{shown(value)} cannot stand in a path"
        raise ValueProblem(msg)
    text = str(value).strip()
    if ".." in text or text == "." or not text.isprintable():
        msg = f"{shown(value)} cannot stand in a path"
        raise ValueProblem(msg)
    if param.kind is ParamKind.NUMBER and not (text.isascii() and text.isdecimal()):
        msg = f"{shown(value)} is no number"
        raise ValueProblem(msg)
    if param.kind is ParamKind.EMAIL and not is_email(text):
        msg = f"{shown(value)} is no e-mail address"
        raise ValueProblem(msg)
    return text

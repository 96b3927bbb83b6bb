"""What a template is: one Groove endpoint, described rather than programmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.delivery.request import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_groove.endpoints.finding import Finder
    from target_groove.endpoints.later_calls import Change, FollowUp, Update

Payload = dict[str, Any]
PERSON_ATTRIBUTES: Final = (
    "name",
    "about",
    "twitter_username",
    "title",
    "company_name",
    "phone_number",
    "location",
    "linkedin_username",
)
"""What a person may have beside the e-mail (https://www.groovehq.com/docs/customers)."""


class Certainty(StrEnum):
    """How sure it is that Groove behaves as the template says."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"


class FieldType(StrEnum):
    """The type of a payload field, in the words of `target-groove endpoints`."""

    STRING = "string"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    STRINGS = "array<string>"
    PERSON = "string|object"
    ANY = "any"


class SubjectKind(StrEnum):
    """What Groove's GraphQL gives custom fields to."""

    CONTACT = "contact"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdLookUp:
    """An attribute holds the id of an object of which Groove wants another attribute.

    Attributes:
        names: Record attributes that hold such an id (`agent_id`).
        collection: What to look through: `agents`, `groups` or `mailboxes`.
        attribute: What Groove wants instead of the id: `email` or `name`.
        unless_email: Also a value of the field itself that is no e-mail address is taken for an id.
    """

    names: tuple[str, ...]
    collection: str
    attribute: str
    unless_email: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the payload.

    Attributes:
        name: Groove's name for it.
        type: Its type.
        required: Whether Groove refuses a payload without it.
        enum: The values that Groove knows, empty if any will do.
        synonyms: Other names under which a record may bring it.
        value_synonyms: Values that certainly mean one of `enum`, in lower case.
        lower_case: Whether its values are words in lower case, of which not all are known.
        look_up: How an id is turned into what Groove wants.
        email: Whether the value is an e-mail address.
        is_set: Whether the order of a list means nothing, so that another order is no change.
        description: What it is for.
    """

    name: str
    type: FieldType = FieldType.STRING
    required: bool = False
    enum: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    value_synonyms: Mapping[str, str] = field(default_factory=dict)
    lower_case: bool = False
    look_up: IdLookUp | None = None
    email: bool = False
    is_set: bool = False
    description: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which a record or a route may bring it, its own first."""
        return (self.name, *self.synonyms, *(self.look_up.names if self.look_up else ()))

    @property
    def blank_is_absent(self) -> bool:
        """Whether an empty text can only mean that there is no value, as CSV files write it."""
        no_text = self.type in {FieldType.BOOLEAN, FieldType.DATETIME, FieldType.PERSON}
        return no_text or self.email or bool(self.enum) or self.look_up is not None


class ParamKind(StrEnum):
    """What a path parameter may hold."""

    NUMBER = "number"
    ID = "id"
    EMAIL = "email"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathParam:
    """A parameter of the path.

    Attributes:
        name: Its name, as in `{name}` of the path.
        kind: What it may hold.
        synonyms: Record attributes that are tried after one of the same name.
        also_field: A payload field that gets the same value if the record brings none.
        description: What it is for.
    """

    name: str
    kind: ParamKind = ParamKind.ID
    synonyms: tuple[str, ...] = ()
    also_field: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One Groove endpoint.

    Attributes:
        id: The fixed id that routes name.
        summary: What it does, in a few words.
        method: HTTP method.
        path: Path below the base URL, with `{parameters}`.
        certainty: How sure it is.
        source: Where the facts come from.
        path_params: The parameters of `path`.
        fields: The fields that Groove documents for the payload.
        open_fields: Groove documents no complete list of fields, so all attributes are sent.
        repeatable: Sending it twice does no more than sending it once.
        answer: How the answer is read.
        content: How the payload is encoded.
        uploader: It lives on Groove's upload host.
        one_call_per: A field of which Groove takes one value a call; a list makes several calls.
        list_field: The field that takes a list, for `batch: {grouping: grouped}`.
        replaces_list: The list replaces what Groove has, so it must never be split.
        follow_ups: Further calls that a field's value asks for.
        prepare: Puts the payload right where the meaning is certain, before the fields are checked.
        one_of: Groups of fields of each of which Groove wants at least one.
        update: What is called for a changed record; None sends it again.
        changes: The calls for the fields of a known thing that changed, in their order; empty
            unless it is one of the pairs that create first and then send what changed.
        if_fixed: What to do about changes that no call takes: the end of a sentence.
        find: How a create whose outcome is not known is looked up; None if Groove offers no way, or
            if there is no need because it is repeatable.
        makes_another: It makes a thing that has no order among others of the object that the path
            names, such as an article of a knowledge base; messages of a ticket have one.
        subject: What it upserts over GraphQL; None for an endpoint of the REST API. Its path is
            that of the default `graphql_url`.
        is_local: Its records are kept here, and no request is made of them.
    """

    id: str
    summary: str
    method: str
    path: str
    certainty: Certainty
    source: str
    path_params: tuple[PathParam, ...] = ()
    fields: tuple[Field, ...] = ()
    open_fields: bool = False
    repeatable: bool = False
    answer: AnswerRule = field(default_factory=AnswerRule)
    content: Content = Content.JSON
    uploader: bool = False
    one_call_per: str = ""
    list_field: str = ""
    replaces_list: bool = False
    follow_ups: tuple[FollowUp, ...] = ()
    prepare: Callable[[Payload], Payload] | None = None
    one_of: tuple[tuple[str, ...], ...] = ()
    update: Update | None = None
    changes: tuple[Change, ...] = ()
    if_fixed: str = ""
    find: Finder | None = None
    makes_another: bool = False
    subject: SubjectKind | None = None
    is_local: bool = False

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the documented fields."""
        return frozenset(each.name for each in self.fields)

    @property
    def creates_once(self) -> bool:
        """Whether what it made can only be made again, so that each version is made once."""
        is_changed_later = self.update is not None or bool(self.changes)
        return bool(self.fields) and not self.repeatable and not is_changed_later

    def describe(self) -> dict[str, Any]:
        """Describe the template for tools.

        Returns:
            `{id, summary, method, path, path_params, fields, changes, certainty, source}`; each of
            the fields `{name, type, required, enum, synonyms, value_synonyms, description}`, each
            of the calls for later changes `{endpoint, fields}`.
        """
        return {
            "id": self.id,
            "summary": self.summary,
            "method": self.method,
            "path": self.path,
            "path_params": [each.name for each in self.path_params],
            "fields": [
                {
                    "name": each.name,
                    "type": each.type.value,
                    "required": each.required,
                    "enum": list(each.enum),
                    "synonyms": list(each.names[1:]),
                    "value_synonyms": dict(each.value_synonyms),
                    "description": each.description,
                }
                for each in self.fields
            ],
            "changes": [
                {"endpoint": each.endpoint, "fields": list(each.fields)} for each in self.changes
            ],
            "certainty": self.certainty.value,
            "source": self.source,
        }

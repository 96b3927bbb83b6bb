"""The value of a custom field of each type, put right or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from target_groove.endpoints.template import SubjectKind
from target_groove.endpoints.values import ValueProblem
from target_groove.subjects.custom_fields import (
    CustomField,
    CustomFieldType,
    fitted,
    guessed_type,
    is_blank,
)

SINGLE, MULTI = CustomFieldType.SINGLE_LINE, CustomFieldType.MULTI_LINE
NUMBER, DATE = CustomFieldType.NUMBER, CustomFieldType.DATE
DROPDOWN, LINK, ADDRESS = CustomFieldType.DROPDOWN, CustomFieldType.LINK, CustomFieldType.ADDRESS
PARTS = "street, street2, city, state, postal_code, country"


def field(
    type_: CustomFieldType | None,
    *,
    key: str = "contact_x",
    is_array: bool = False,
    options: dict[str, str] | None = None,
) -> CustomField:
    return CustomField(
        id="cf_1",
        key=key,
        type=type_,
        is_array=is_array,
        options=options if options is not None else {"m": "Male", "f": "Female", "x": ""},
        kind=SubjectKind.CONTACT,
    )


@pytest.mark.parametrize(
    "type_,value,expected",
    [
        (SINGLE, " CEO ", "CEO"),
        (SINGLE, True, "true"),
        (SINGLE, Decimal("1.10"), "1.10"),
        (SINGLE, date(2026, 2, 3), "2026-02-03"),
        (SINGLE, ["one"], "one"),
        (MULTI, "a\nb", "a\nb"),
        (NUMBER, "+15558234312", "+15558234312"),
        (NUMBER, "+1 (555) 823-4312", "+15558234312"),
        (NUMBER, "(0)40/123", "040123"),
        (NUMBER, 17, "17"),
        (NUMBER, -3, "-3"),
        (NUMBER, Decimal("1.50"), "1.50"),
        (DATE, "2026-02-03", "2026-02-03"),
        (DATE, "1980/02/24", "1980-02-24"),
        (DATE, "2026-02-03T10:15:00Z", "2026-02-03"),
        (DATE, date(2026, 2, 3), "2026-02-03"),
        (DATE, datetime(2026, 2, 3, 23, tzinfo=UTC), "2026-02-03"),
        (DROPDOWN, "m", "m"),
        (DROPDOWN, "Female", "f"),
        (DROPDOWN, " MALE", "m"),
        (
            LINK,
            "https://a.example/x",
            {"link": "https://a.example/x", "text": "https://a.example/x"},
        ),
        (LINK, {"link": "a.example", "text": "A"}, {"link": "a.example", "text": "A"}),
        (LINK, {"url": "a.example"}, {"link": "a.example", "text": "a.example"}),
        (
            ADDRESS,
            {"street": "1 Main", "city": None, "postalCode": 94110, "country": ""},
            {"street": "1 Main", "postal_code": "94110"},
        ),
        (None, {"anything": 1}, {"anything": 1}),
    ],
)
def test_a_value_gets_the_form_of_its_field(
    type_: CustomFieldType | None, value: Any, expected: Any
) -> None:
    assert fitted(field(type_), value) == expected


@pytest.mark.parametrize(
    "type_,value,problem",
    [
        (SINGLE, {"a": 1}, "{'a': 1} is no text"),
        (SINGLE, "a\nb", "'a\\nb' has several lines, and the field takes one"),
        (SINGLE, ["a", "b"], "['a', 'b'] is a list, and the field takes one value"),
        (NUMBER, "12a", "'12a' is no number"),
        (NUMBER, True, "True is no number"),
        (NUMBER, "+", "'+' is no number"),
        (DATE, "tomorrow", "'tomorrow' is no date like 2026-02-03"),
        (DATE, "2026-02-30", "'2026-02-30' is no date like 2026-02-03"),
        (DATE, 1712345678, "1712345678 is no date like 2026-02-03"),
        (DROPDOWN, "none", "'none' is none of the options: m (Male), f (Female), x"),
        (LINK, "", "'' is no link"),
        (LINK, {"text": "A"}, "{'text': 'A'} is no link"),
        (LINK, "two words", "'two words' is no link"),
        (LINK, {"link": "a", "title": "b"}, "a link has link and text, not title"),
        (ADDRESS, "1 Main", f"'1 Main' is no address; an object with {PARTS} is needed"),
        (ADDRESS, {"planet": "X"}, f"an address has {PARTS}, not planet"),
    ],
)
def test_what_groove_would_refuse_is_refused(
    type_: CustomFieldType, value: Any, problem: str
) -> None:
    with pytest.raises(ValueProblem) as refused:
        fitted(field(type_), value)
    assert str(refused.value) == problem


def test_a_dropdown_without_options() -> None:
    with pytest.raises(ValueProblem, match="is none of the options: there are none"):
        fitted(field(DROPDOWN, options={}), "m")


def test_a_label_that_two_options_share_is_not_guessed() -> None:
    with pytest.raises(ValueProblem, match="none of the options"):
        fitted(field(DROPDOWN, options={"a": "Same", "b": "Same"}), "same")


def test_lists() -> None:
    assert fitted(field(SINGLE, is_array=True), ["a", None, " b "]) == ["a", "b"]
    assert fitted(field(SINGLE, is_array=True), "a") == ["a"]
    assert fitted(field(SINGLE, is_array=True), '["a", "b"]') == ["a", "b"]


@pytest.mark.parametrize("key", ["contact_email", "contact_secondary_emails"])
def test_an_e_mail_must_be_one(key: str) -> None:
    with pytest.raises(ValueProblem, match="'nobody' is no e-mail address"):
        fitted(field(SINGLE, key=key), "nobody")


@pytest.mark.parametrize(
    "value,expected",
    [
        ("text", (SINGLE, False)),
        ("a\nb", (MULTI, False)),
        (3, (NUMBER, False)),
        (True, (SINGLE, False)),
        ("2026-02-03", (DATE, False)),
        ("2026-02-03T10:15:00Z", (DATE, False)),
        (date(2026, 2, 3), (DATE, False)),
        ("https://a.example", (LINK, False)),
        ({"link": "x"}, (LINK, False)),
        ({"city": "x"}, (ADDRESS, False)),
        ([None, 3], (NUMBER, True)),
        ([], (SINGLE, True)),
    ],
)
def test_the_type_of_a_new_field_is_guessed(value: Any, expected: Any) -> None:
    assert guessed_type(value) == expected


@pytest.mark.parametrize("value,blank", [(None, True), (" ", True), ([], True), (0, False)])
def test_what_leaves_a_field_alone(value: Any, blank: bool) -> None:  # noqa: FBT001 - a table
    assert is_blank(value) is blank

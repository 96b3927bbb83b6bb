"""When two e-mail addresses are the same."""

from __future__ import annotations

import pytest

from target_groove.profile.emails import comparable


@pytest.mark.parametrize(
    "one,other",
    [
        ("Ada@Example.com", " ada@example.COM\n"),
        ("JÖRG@x.de", "jo\u0308rg@x.de"),
        ("\u0130rem@x.tr", "i\u0307rem@x.tr"),
        ("ΑΣ@X.gr", "ας@x.gr"),
    ],
)
def test_an_address_is_the_same_in_other_letters(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)
    assert comparable(comparable(one)) == comparable(one)


@pytest.mark.parametrize(
    "one,other",
    [
        ("ada@strasse.example", "ada@straße.example"),
        ("\ufb01nn@x.de", "finn@x.de"),
        ("je\u017fs@x.de", "jess@x.de"),
        ("\u0130rem@x.tr", "irem@x.tr"),
        ("\u0131rem@x.tr", "irem@x.tr"),
        ("a\u200bda@x.de", "ada@x.de"),
    ],
)
def test_addresses_that_may_be_two_peoples_are_two(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)

"""Signed visitors: who can make them, and which are believed."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.profile.visitor import (
    LONGEST_SECONDS,
    Visitor,
    sign,
    signing_key,
    verified,
)
from target_groove.settings import Settings

KEY = b"a key of thirty-two characters.."
NOW = 1_800_000_000
ADA = Visitor("ada@example.com", NOW + 60)


def test_what_is_signed_is_what_is_read() -> None:
    assert verified(sign(ADA, KEY), KEY) == ADA
    spaced = Visitor(" Zoë+x@exämple.com ", 1)
    assert verified(sign(spaced, KEY), KEY) == Visitor("Zoë+x@exämple.com", 1)


def test_the_form_is_the_documented_one() -> None:
    said = f"1.{NOW + 60}.{b'ada@example.com'.hex()}"
    signature = hmac.new(KEY, said.encode(), hashlib.sha256).hexdigest()
    assert sign(ADA, KEY) == f"{said}.{signature}"


def test_no_other_key_is_believed() -> None:
    assert verified(sign(ADA, KEY), KEY + b"x") is None
    of_token = signing_key(Settings(api_token="a"))
    assert verified(sign(ADA, of_token), signing_key(Settings(api_token="b"))) is None
    assert b"a" != of_token == signing_key(Settings(api_token="a"))
    own = Settings(api_token="a", widget_secret=KEY.decode())
    assert signing_key(own) == KEY


@given(place=st.integers(0, 200), character=st.sampled_from("0f.1a \n\u0661é"))
def test_no_character_can_be_another(place: int, character: str) -> None:
    token = sign(ADA, KEY)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert verified(changed, KEY) == (ADA if changed == token else None)


def signed(said: str) -> str:
    return f"{said}.{hmac.new(KEY, said.encode(), hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1",
        "undefined",
        "...",
        sign(ADA, KEY).upper(),
        sign(ADA, KEY) + "\n",
        sign(ADA, KEY) + "0",
        signed(f"2.{NOW}.{b'a@b.co'.hex()}"),
        signed(f"1.0{NOW}.{b'a@b.co'.hex()}"),
        signed(f"1.-1.{b'a@b.co'.hex()}"),
        signed(f"1.{10**12}.{b'a@b.co'.hex()}"),
        signed(f"1.{NOW}."),
        signed(f"1.{NOW}.abc"),
        signed(f"1.{NOW}.ff40ff"),
        signed(f"1.{NOW}.{b'nobody'.hex()}"),
        signed(f"1.{NOW}.{(b'a' * 500 + b'@b.co').hex()}"),
    ],
)
def test_what_has_another_form_is_not_believed(token: str) -> None:
    assert verified(token, KEY) is None


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b@c", "a b@c.co", "a@b.co\0", "a" * 250 + "@b.co"]
)
def test_only_addresses_can_be_signed(email: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        sign(Visitor(email, NOW), KEY)


@pytest.mark.parametrize(
    "expires_at,is_current",
    [
        (NOW - 1, False),
        (NOW, False),
        (NOW + 1, True),
        (NOW + LONGEST_SECONDS, True),
        (NOW + LONGEST_SECONDS + 1, False),
        (NOW * 10, False),
    ],
)
def test_a_visitor_is_believed_for_a_time(expires_at: int, is_current: bool) -> None:  # noqa: FBT001 - a table
    assert Visitor("a@b.co", expires_at).is_current(NOW) == is_current

"""What can go wrong with the profile store."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from target_groove.errors import EXIT_UNUSABLE, TargetGrooveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine


class ProfileStoreError(TargetGrooveError):
    """The profile store cannot be used; the text is the sentence that the user reads."""


class ProfileAddressError(ProfileStoreError):
    """No profile store can be where `profile_url` says."""

    exit_code = EXIT_UNUSABLE


@contextmanager
def sentences(engine: Engine) -> Iterator[None]:
    """Turn what a database says into a sentence without its password.

    Raises:
        ProfileStoreError: The database failed.
    """
    try:
        yield
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, OSError) as error:
        raise store_error(engine.url, error) from None


def store_error(url: URL, error: Exception) -> ProfileStoreError:
    """Write why a store cannot be used, without its password."""
    reason = getattr(error, "orig", None) or error
    text = " ".join(str(reason).split()).rstrip(".")
    for secret in (url.password, *url.query.values()):
        if isinstance(secret, str) and secret:
            text = text.replace(secret, "***")
    return ProfileStoreError(f"The profile store {without_secrets(url)} cannot be used: {text}.")


def without_secrets(url: URL) -> str:
    """Write the address of a store without password and options."""
    plain = url.set(drivername=url.get_backend_name())
    return plain.render_as_string(hide_password=True).partition("?")[0]

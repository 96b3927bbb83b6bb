"""What errors of PostgreSQL mean, and what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from target_groove.ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOCK_TIMED_OUT: Final = "55P03"
_RUN_AGAIN: Final = "run again when it is back; nothing that was not delivered was acknowledged"
_SERVER_GONE: Final = ("08", "57P")
_NO_RIGHTS: Final = {"42501", "3F000"}
"""No privilege, and no schema that could be used."""
_GRANT: Final = (
    "GRANT CREATE, USAGE ON SCHEMA to the user, or name another schema with "
    "?options=-csearch_path%3DSCHEMA in ledger_url"
)
_ADVICE: Final = {
    "password": "correct user and password in ledger_url, in ~/.pgpass or in PGPASSWORD",
    "pg_hba": "let the server take this user from here, or correct ledger_url",
    "role ": "make that user, or correct ledger_url",
    "database ": "make that database (createdb), or correct ledger_url",
    "refused": "start the server, or correct host and port in ledger_url",
    "resolve host": "correct the host in ledger_url",
    "timeout": "start the server, or correct host and port in ledger_url",
    "connection option": "correct ledger_url",
}
"""By a word of what libpq says, as it gives no code while it connects."""
_CHATTER: Final = (" Is the server running", " This probably means", " LINE 1", " LINE 2")


class Words:
    """Makes errors of psycopg sentences, and lets no password into them.

    Attributes:
        errors: What psycopg raises.
        is_open: Whether the ledger was opened, so that the address is right.
    """

    def __init__(self, shown_url: str, secrets: Sequence[str], seconds: float) -> None:
        """Take where the ledger is, what is not to be said, and how long locks are waited for."""
        import psycopg  # noqa: PLC0415 - it is optional.

        self.errors = psycopg.Error
        self.is_open = False
        self._where = shown_url
        self._secrets = secrets
        self._seconds = seconds

    def sentence_of(self, error: Exception) -> LedgerError | None:
        """Say what an error means; None if it is not psycopg's."""
        if not isinstance(error, self.errors):
            return None
        code = error.sqlstate or ""
        if code == _LOCK_TIMED_OUT:
            return LedgerError(
                f"The delivery ledger {self._where} was locked by another session for more than "
                f"{self._seconds:g} seconds; end that one, or try again later."
            )
        reason = self._reason(error)
        return LedgerError(
            f"The delivery ledger {self._where} cannot be used: {reason}; "
            f"{self._advice(code, reason)}."
        )

    def _reason(self, error: Exception) -> str:
        reason = " ".join(str(error).split())
        # Where it is was said before, and of several addresses the last one will do.
        reason = reason.rpartition(" failed: ")[2].removeprefix("FATAL: ")
        for chatter in _CHATTER:
            reason = reason.partition(chatter)[0]
        for secret in self._secrets:
            reason = reason.replace(secret, "***")
        return reason.rstrip(" .?")

    def _advice(self, code: str, reason: str) -> str:
        if code in _NO_RIGHTS:
            return _GRANT
        if self.is_open and (not code or code.startswith(_SERVER_GONE)):
            return _RUN_AGAIN
        if self.is_open:
            return "ask whoever looks after the server, then run again"
        return next(
            (advice for word, advice in _ADVICE.items() if word in reason),
            "correct ledger_url, or ask whoever looks after the server",
        )

"""Which accounts have sends that have begun and not ended: dead runs may have left them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from target_groove.ledger.opening import open_database
from target_groove.ledger.schema import entries, scopes
from target_groove.spark.job import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.spark.job import Job

_OPEN: Final = (
    select(scopes.c.account)
    .select_from(entries.join(scopes))
    .where(
        entries.c.run_id.is_not(None),
        scopes.c.namespace == bindparam("namespace"),
        scopes.c.stream == bindparam("stream"),
    )
    .distinct()
)


def left_behind(job: Job, accounts: Iterable[str]) -> list[str]:
    """Give those of some accounts of which the ledger has sends in hand, of dead runs or living.

    Args:
        job: The write.
        accounts: Their names.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    settings = job.settings
    names = {settings_for(settings, each).ledger_account: each for each in accounts}
    values = {"namespace": settings.ledger_namespace, "stream": job.stream}
    with closing(open_database(job.ledger_url)) as database, database.read() as cursor:
        found = database.prepare(_OPEN)(cursor, values).fetchall()
    return sorted(names[account] for (account,) in found if account in names)

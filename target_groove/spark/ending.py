"""What the driver does when all tasks of a write are done."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from target_groove.errors import DeliveryError
from target_groove.outputs.shared_file import appending, write_all
from target_groove.spark.answers import tell_answers
from target_groove.spark.delivering import Delivering
from target_groove.spark.left_behind import left_behind
from target_groove.spark.staging import Staging, name_of
from target_groove.spark.stops import Stops
from target_groove.spark.told import Told, total
from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_groove.spark.job import Job

_MISSING: Final = (
    "{} that tasks left in the ledger's database (target_groove_staged) for the driver went "
    "missing; write the frame again, which sends what is not delivered."
)


def named_by_tasks(job: Job, messages: Sequence[Told | None]) -> Job:
    """Give a write the name that its tasks knew it by.

    Spark makes the writer of a micro-batch anew when it ends: what the tasks left is under the name
    of the first one.
    """
    names = (name_of(each.token) for each in messages if each is not None and each.token)
    return replace(job, name=next(names, job.name))


def end_write(job: Job, messages: Sequence[Told | None]) -> Told:
    """Deliver what waits, find out what dead tasks left in doubt, and say what came of it all.

    Args:
        job: The write.
        messages: What the tasks told; None of those that came to nothing.

    Returns:
        The counts of the whole write.

    Raises:
        DeliveryError: The policy says that the write has failed, or answers could not be told.
        LedgerError: The ledger cannot be used.
    """
    told = total(messages)
    tokens = [each.token for each in messages if each is not None and each.token]
    with closing(Staging(job.ledger_url)) as staging:
        stops = Stops(job, staging, attempt=-1)
        delivering = Delivering(job, keep_dead_letters=None, stops=stops, told=told)
        with closing(delivering):
            if job.account_column or not told.stopped:
                left = told.staged
                for account, row in staging.rows(tokens):
                    delivering.take(account, [row])
                    left -= 1
                delivering.finish()
                if left:
                    told.stopped = told.stopped or _MISSING.format(counted(left, "row"))
            # A task that was killed, or a copy of one, may have left a request without an answer.
            delivering.recover(left_behind(job, told.accounts))
        _set_aside(job, [*staging.dead_letters(tokens)])
        staging.remove(job.name, now=time.time())
    untold = tell_answers(job)
    _say(f"{job.stream} to Groove: {told.sentence}.")
    if sentences := [each for each in (_failure(job, told), untold) if each]:
        raise DeliveryError(" ".join(sentences))
    return told


def give_up(job: Job, messages: Sequence[Told | None]) -> None:
    """Say how far a write came that Spark has given up; the next one goes on from there."""
    with closing(Staging(job.ledger_url)) as staging:
        staging.remove(job.name, now=time.time())
    _say(
        f"The write of {job.stream} was given up after {total(messages).sentence}; what was "
        "delivered is in the ledger, and the same write again goes on from there."
    )


def _set_aside(job: Job, lines: Sequence[bytes]) -> None:
    if lines:
        with appending(Path(job.settings.dead_letter_path)) as descriptor:
            write_all(descriptor, b"".join(lines))


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _failure(job: Job, told: Told) -> str:
    """Say for which policy the write has failed; empty if for none."""
    if told.stopped:
        return f"{told.stopped} Of this write: {told.sentence}."
    most = job.config.get("max_rejected")
    rejected = told.counts["rejected"]
    if most is not None and rejected > int(most):
        return (
            f"{rejected} rows were rejected, max_rejected is {most}; they are in the dead-letter "
            f"file. Of this write: {told.sentence}."
        )
    return ""

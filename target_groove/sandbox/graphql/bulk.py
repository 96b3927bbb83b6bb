"""Bulk updates, which Groove carries out in the background: a job, and nothing said of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.sandbox.graphql.changes import lenient_values
from target_groove.sandbox.graphql.subjects import find_subject, set_values

if TYPE_CHECKING:
    from target_groove.sandbox.desk import Desk


def enqueue(desk: Desk, items: list[dict[str, Any]], seconds: float) -> str:
    """Keep the items of a bulk update until their time has come.

    Returns:
        The job's id, in the form of the job queues that Rails applications use (inferred).
    """
    jid = f"{desk.store.count('job'):024x}"
    due = desk.clock().timestamp() + seconds
    desk.store.put("bulk_jobs", {"id": jid, "due": due, "items": items})
    return jid


def carry_out(desk: Desk) -> None:
    """Apply the bulk updates whose time has come, in the order in which they arrived."""
    now = desk.clock().timestamp()
    for job in desk.store.all("bulk_jobs"):
        if job["due"] > now:
            continue
        for item in job["items"]:
            subject = find_subject(desk, item["subjectId"])
            if subject is not None:
                set_values(desk, subject, lenient_values(desk, subject, item["customFieldList"]))
        desk.store.delete("bulk_jobs", job)
    desk.store.commit()

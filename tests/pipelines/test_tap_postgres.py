"""A table of support tickets in PostgreSQL, into the help desk by way of Meltano."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from target_groove.sandbox import Sandbox
from tests.pipelines.project import Project
from tests.postgres import Server

pytestmark = pytest.mark.pipelines

SAMPLE = Path(__file__).with_name("support_tickets.csv")
COLUMNS = {"Ticket ID": "integer primary key", "Date of Purchase": "date"}
STATES = {"Open": "opened", "Closed": "closed", "Pending Customer Response": "pending"}
ROUTE = {
    "stream": "public-support_tickets",
    "endpoint": "create_ticket",
    "key": ["Ticket ID"],
    "fields": {
        "body": "Ticket Description",
        "from": {"email": "Customer Email", "name": "Customer Name"},
        "subject": "Ticket Subject",
        "tags": ["Ticket Type"],
        "state": "{% case record['Ticket Status'] %}{% when 'Closed' %}closed"
        "{% when 'Open' %}opened{% else %}pending{% endcase %}",
    },
    "defaults": {"to": "support@sandbox.example"},
}


@pytest.fixture
def rows(postgres: Server) -> list[dict[str, str]]:
    """The rows of the table `support_tickets`; empty text is NULL there."""
    text = SAMPLE.read_bytes().decode()
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = ", ".join(f'"{name}" {COLUMNS.get(name, "text")}' for name in read[0])
    postgres.sql(f"DROP TABLE IF EXISTS support_tickets; CREATE TABLE support_tickets ({columns})")
    postgres.sql("COPY support_tickets FROM STDIN WITH (FORMAT csv, HEADER)", text)
    return read


def test_every_row_becomes_its_ticket(
    project: Project,
    sandbox: Sandbox,
    connection: dict[str, Any],
    postgres: Server,
    rows: list[dict[str, str]],
    tap_postgres_programs: Path,
) -> None:
    project.define({**connection, "streams": [ROUTE]}, (_tap(tap_postgres_programs, postgres),))

    done = project.meltano("run", "tap-postgres", "target-groove")

    assert done.code == 0, done.log
    assert len(rows) == 60
    assert _found(sandbox) == sorted((_expected(row) for row in rows), key=_customer)


def _expected(row: dict[str, str]) -> dict[str, Any]:
    return {
        "email": row["Customer Email"],
        "name": row["Customer Name"] or None,
        "subject": row["Ticket Subject"] or None,
        "text": row["Ticket Description"],
        "tags": [row["Ticket Type"]],
        "state": STATES[row["Ticket Status"]],
    }


def _found(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The tickets; several are under way at once, so their order of arrival says nothing."""
    texts = {each["ticket_number"]: each["body"] for each in sandbox.things("messages")}
    found = [
        {
            "email": ticket["customer_email"],
            "name": ticket["customer_name"],
            "subject": ticket["title"],
            "text": texts[ticket["number"]],
            "tags": ticket["tags"],
            "state": ticket["state"],
        }
        for ticket in sandbox.things("tickets")
    ]
    return sorted(found, key=_customer)


def _customer(ticket: dict[str, Any]) -> str:
    return str(ticket["email"])


def _tap(programs: Path, postgres: Server) -> dict[str, Any]:
    return {
        "name": "tap-postgres",
        "namespace": "tap_postgres",
        "executable": str(programs / "tap-postgres"),
        "capabilities": ["catalog", "discover", "state"],
        "settings": [{"name": "sqlalchemy_url"}, {"name": "filter_schemas", "kind": "array"}],
        "config": {"sqlalchemy_url": postgres.url, "filter_schemas": ["public"]},
        "select": ["public-support_tickets.*"],
    }

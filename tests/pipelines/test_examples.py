"""Each how-to page's project does what the page says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pytest

from target_groove.sandbox import Sandbox
from tests.pipelines.project import Done, Project
from tests.pipelines.shipped import shipped
from tests.postgres import Server

pytestmark = pytest.mark.pipelines


class Example(Protocol):
    """Makes a copy of an example, those of one test beside each other."""

    def __call__(self, name: str, others: Mapping[str, Path] = ...) -> Project:
        """Copy the example of that name; `others` has the programs of its other plugins."""


@pytest.fixture
def example(sandbox: Sandbox, tmp_path: Path, meltano_programs: Path) -> Example:
    """The maker of copies, whose sandbox takes the examples' token."""
    sandbox.configure(token="sandbox-token")

    def made(name: str, others: Mapping[str, Path] = MappingProxyType({})) -> Project:
        return shipped(name, tmp_path, meltano_programs, others)

    return made


def delivered(project: Project, tap: str, sandbox: Sandbox) -> Done:
    """Run an example's pipeline against the sandbox of the test."""
    return run(project, tap, "target-groove", TARGET_GROOVE_API_URL=sandbox.api_url)


def run(project: Project, *plugins: str, **variables: str) -> Done:
    """Run a pipeline, which leaves the project's definition as it is."""
    definition = project.root / "meltano.yml"
    before = definition.read_bytes()
    done = project.meltano("run", *plugins, **variables)
    assert done.code == 0, done.log
    assert definition.read_bytes() == before
    return done


def change(project: Project, file: str, before: str, after: str) -> None:
    """Change what the example's source says."""
    path = project.root / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def writes(sandbox: Sandbox) -> list[str]:
    """Return the calls that were to change something."""
    calls = (call for call in sandbox.log() if call["method"] != "GET")
    return [f"{call['method']} {call['path']}" for call in calls]


def test_entries_become_tickets_and_closed_issues_close_them(
    example: Example, sandbox: Sandbox
) -> None:
    form, issues = example("form-to-tickets"), example("closed-issues")

    delivered(form, "tap-form", sandbox)

    tickets = sandbox.things("tickets")
    assert [ticket["title"] for ticket in tickets] == [
        "Order 2041: The lamp flickers",
        "Order 1987: Wrong colour",
        "Invoice without my company's name",
    ]
    bodies = [message["body"] for message in sandbox.things("messages")]
    assert bodies[0].startswith("Hello,<br")
    assert not any("0.91" in body for body in bodies)

    delivered(issues, "tap-issues", sandbox)

    states = [ticket["state"] for ticket in sandbox.things("tickets")]
    assert states == ["closed", "unread", "closed"]
    before = len(writes(sandbox))

    delivered(form, "tap-form", sandbox)
    change(issues, "data/issues.csv", "2026-03-04T16:20:00Z", "2026-03-09T11:00:00Z")
    delivered(issues, "tap-issues", sandbox)

    assert writes(sandbox)[before:] == ["PUT /v1/tickets/1/state"]


def test_pages_become_articles_and_later_only_what_changed_is_sent(
    example: Example, sandbox: Sandbox
) -> None:
    pages = example("cms-to-articles")

    delivered(pages, "tap-cms", sandbox)

    articles = {article["title"]: article for article in sandbox.things("articles")}
    assert {title: article["state"] for title, article in articles.items()} == {
        "How to clean a lamp": "published",
        "Sending something back": "published",
        "Gift wrapping": "draft",
    }
    before = len(writes(sandbox))

    change(pages, "data/pages.jsonl", "Within thirty days", "Within sixty days")
    delivered(pages, "tap-cms", sandbox)

    base = articles["Gift wrapping"]["knowledge_base_id"]
    identity = articles["Sending something back"]["id"]
    assert writes(sandbox)[before:] == [f"PUT /v1/kb/{base}/articles/{identity}"]


def test_teams_become_groups_and_follow_who_joins(example: Example, sandbox: Sandbox) -> None:
    teams = example("hr-to-groups")

    delivered(teams, "tap-hr", sandbox)

    agents = {agent["id"]: agent["email"] for agent in sandbox.things("agents")}
    groups = {group["name"]: group for group in sandbox.things("groups")}
    members = {
        name: [agents[each] for each in groups[name]["agent_ids"]]
        for name in ("Returns", "Wholesale")
    }
    assert members == {
        "Returns": ["ada@sandbox.example", "alan@sandbox.example"],
        "Wholesale": ["grace@sandbox.example"],
    }
    before = len(writes(sandbox))

    change(teams, "data/teams.jsonl", '["grace@', '["ada@sandbox.example", "grace@')
    delivered(teams, "tap-hr", sandbox)

    assert writes(sandbox)[before:] == [f"PUT /v1/groups/{groups['Wholesale']['id']}"]


def test_answers_become_rows_of_a_table(
    example: Example, sandbox: Sandbox, postgres: Server, target_postgres_programs: Path
) -> None:
    answers = example("answers-to-warehouse", {"target-postgres": target_postgres_programs})
    postgres.sql("SET client_min_messages = warning; DROP SCHEMA IF EXISTS helpdesk CASCADE")

    run(
        answers,
        "tap-form",
        "map-groove-tickets",
        "target-postgres",
        MAP_GROOVE_API_URL=sandbox.api_url,
        TARGET_POSTGRES_SQLALCHEMY_URL=postgres.url,
    )

    table = "SELECT record_key, resource_id, action FROM helpdesk.groove_responses ORDER BY 1"
    assert postgres.sql(table).splitlines() == ["1|1|created", "2|2|created"]
    assert (answers.root / "dead-letters.singer.jsonl").exists()

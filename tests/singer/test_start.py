"""What a run does not load, because it costs more time than all else at the start."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from target_groove.ledger import known
from target_groove.ledger.definitions import everything
from target_groove.ledger.written import FILE

RUN = """
import sys
from target_groove.cli import main
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
HEAVY = {
    "sqlalchemy",
    "psycopg",
    "jsonschema_rs",
    "liquid",
    "uvicorn",
    "jinja2",
    "rich",
    "opentelemetry",
    "target_groove.outputs.report.writing",
}
SCHEMA = {"type": "SCHEMA", "stream": "s", "schema": {"properties": {}}, "key_properties": []}


def loaded(tmp_path: Path, lines: list[dict[str, Any]], **settings: Any) -> set[str]:
    """Run the target on an input, and name what it loaded."""
    config, source = tmp_path / "config.json", tmp_path / "in.jsonl"
    ledger = {"api_token": "token", "ledger_url": f"sqlite:///{tmp_path}/ledger.db"}
    config.write_text(json.dumps({**ledger, **settings}), encoding="utf-8")
    source.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    arguments = [sys.executable, "-c", RUN, "--config", str(config), "--input", str(source)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path)
    return set(done.stderr.splitlines()[-1].split())


def test_a_run_with_a_ledger_loads_nothing_heavy(tmp_path: Path) -> None:
    for _ in ("a new ledger", "one that is there"):
        found = loaded(tmp_path, [])
        assert "target_groove.ledger.ledger" in found
        assert not HEAVY & found


def test_the_first_schema_loads_what_validates(tmp_path: Path) -> None:
    assert "jsonschema_rs" in loaded(tmp_path, [SCHEMA], ledger_url="none")


def test_the_statements_for_sqlite_are_those_of_today() -> None:
    write = Path(__file__).parents[2] / "docs" / "write_tables.py"
    statements = runpy.run_path(str(write))["statements"]
    assert FILE.read_text(encoding="utf-8") == statements(), "run: make tables"


@pytest.mark.parametrize("name", known.STATEMENTS)
def test_a_statement_is_known_by_its_own_name(name: str) -> None:
    assert getattr(known, name) == name
    assert name in everything(sqlite.dialect())["statements"]

"""The job of `examples/spark` does what its page says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.postgres import Server

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "spark"
_SECONDS = 600


def run(data: Path, sandbox: Sandbox, ledger_url: str) -> str:
    """Run the job; give what the driver said."""
    settings = {
        "API_TOKEN": "sandbox-token",
        "API_URL": sandbox.api_url,
        "REQUESTS_PER_MINUTE": "0",
        "LEDGER_URL": ledger_url,
        "LEDGER_NAMESPACE": "example",
    }
    done = subprocess.run(
        [sys.executable, FOLDER / "orders.py", "--data", data],
        cwd=data,
        env={
            **os.environ,
            **{f"TARGET_GROOVE_{name}": value for name, value in settings.items()},
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_orders_become_tickets_and_their_states_follow_in_order(
    sandbox: Sandbox, postgres: Server, tmp_path: Path
) -> None:
    sandbox.configure(token="sandbox-token")
    for each in (FOLDER / "data").iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())

    said = run(tmp_path, sandbox, postgres.url)

    assert "orders to Groove: 4 rows: 4 delivered, 0 unchanged;" in said
    titles = sorted(each["title"] for each in sandbox.things("tickets"))
    assert titles == [f"Order {number}" for number in (4001, 4002, 4003, 4004)]
    states = {each["number"]: each["state"] for each in sandbox.things("tickets")}
    assert states == {1: "closed", 2: "closed", 3: "unread", 4: "unread"}
    before = len(sandbox.log())

    orders = tmp_path / "orders.csv"
    text = orders.read_text(encoding="utf-8")
    orders.write_text(text.replace("bolt is missing,low", "bolt is missing,high"), encoding="utf-8")
    said = run(tmp_path, sandbox, postgres.url)

    assert "orders to Groove: 4 rows: 1 delivered, 3 unchanged; 1 request," in said
    assert "changes to Groove: 4 rows: 0 delivered, 4 unchanged; 0 requests," in said
    (call,) = [each for each in sandbox.log()[before:] if each["method"] != "GET"]
    assert call["path"].endswith("/priority")

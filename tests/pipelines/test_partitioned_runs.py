"""Several runs of one project beside each other, each with its share, on one ledger."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from target_groove.sandbox import Sandbox
from tests.pipelines.project import Project
from tests.pipelines.shipped import EXAMPLES, shipped
from tests.postgres import Server

pytestmark = pytest.mark.pipelines

_FOLDER = EXAMPLES / "partitioned-runs"
_RUNS = 2
_SECONDS = 300


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path, meltano_programs: Path) -> Project:
    """A copy of the example, whose sandbox takes its token."""
    sandbox.configure(token="sandbox-token")
    return shipped(_FOLDER.name, tmp_path, meltano_programs, {})


def run_all(project: Project, sandbox: Sandbox, ledger_url: str) -> str:
    """Run the example's script; give what the runs logged."""
    environment = project.environment(
        {
            "PATH": f"{project.programs}{os.pathsep}{os.environ['PATH']}",
            "RUNS": str(_RUNS),
            "TARGET_GROOVE_API_URL": sandbox.api_url,
            "TARGET_GROOVE_LEDGER_URL": ledger_url,
        }
    )
    done = subprocess.run(
        [project.root / "run-all"],
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def writes(sandbox: Sandbox) -> list[str]:
    """Return the calls that were to change something."""
    calls = (call for call in sandbox.log() if call["method"] != "GET")
    return [f"{call['method']} {call['path']}" for call in calls]


def test_runs_beside_each_other_deliver_all_orders_once(
    project: Project, sandbox: Sandbox, postgres: Server
) -> None:
    orders = project.root / "data" / "orders.csv"
    lines = orders.read_text(encoding="utf-8").splitlines()

    log = run_all(project, sandbox, postgres.url)

    titles = sorted(each["title"] for each in sandbox.things("tickets"))
    assert titles == [line.split(",")[3] for line in lines[1:]]
    shares = [line for line in log.splitlines() if "delivered, 0 rejected" in line]
    assert len(shares) == _RUNS
    before = writes(sandbox)

    run_all(project, sandbox, postgres.url)
    assert writes(sandbox) == before

    orders.write_text("\n".join(lines).replace("fit,low", "fit,high", 1), encoding="utf-8")
    run_all(project, sandbox, postgres.url)

    numbers = {each["title"]: each["number"] for each in sandbox.things("tickets")}
    changed = next(line.split(",")[3] for line in lines if line.endswith("fit,low"))
    assert writes(sandbox)[len(before) :] == [f"PUT /v1/tickets/{numbers[changed]}/priority"]


def test_the_job_gives_each_pod_a_share_of_its_own() -> None:
    spec = yaml.safe_load((_FOLDER / "job.yaml").read_text(encoding="utf-8"))["spec"]
    (command,) = spec["template"]["spec"]["containers"][0]["args"]
    assert f"RUNS={spec['completions']} " in command
    assert f"-of-{spec['completions']}" in command
    assert command.count("$JOB_COMPLETION_INDEX") == _RUNS

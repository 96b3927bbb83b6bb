"""The token is in no line that anybody reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import TOKEN
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.processes import Loader

MESSAGES = (schema("s", ["id"]), *(record("s", {"id": each}) for each in (1, 2, 3, 4)), state(4))
ECHOED = {"action": "status", "body_text": f'{{"error": "bad token {TOKEN}!"}}'}


def test_nowhere_even_at_the_most_talkative(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {**ECHOED, "status": 422, "body": '"id":1'},
            {**ECHOED, "status": 200, "body": '"id":2'},
            {"action": "redirect", "headers": {"Location": f"/x?t={TOKEN}"}, "body": '"id":3'},
            {"action": "reset_after", "body": '"id":4'},
        ]
    )

    done = loader(
        MESSAGES,
        config={"on_error": "dead_letter"},
        environment={"LOGLEVEL": "DEBUG", "TARGET_GROOVE_LOGLEVEL": "DEBUG"},
    )

    assert done.exit_code == 0
    assert "DEBUG" in done.stderr
    letters = Path(loader.config["dead_letter_path"]).read_text()
    assert letters.count("dead_letter") == 4
    assert letters.count("Bearer ***") == 4
    assert "bad token ***!" in letters
    assert "/x?t=***" in letters
    for text in (done.stdout.decode(), done.stderr, letters):
        assert TOKEN not in text


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500])
def test_not_in_what_groove_repeats(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], status: int
) -> None:
    sandbox.faults([{**ECHOED, "status": status}])

    result = run(echo_config, MESSAGES)

    assert "bad token ***!" in result.problems[0]
    assert TOKEN not in result.problems[0]


def test_not_in_a_complaint_about_itself(loader: Loader) -> None:
    token = f"{TOKEN} with a space"

    done = loader(MESSAGES, config={"api_token": token})

    assert done.exit_code == 2
    assert "Setting api_token has characters that no token has" in done.stderr
    assert TOKEN not in done.stderr


def test_not_in_a_complaint_about_its_type(loader: Loader) -> None:
    done = loader(MESSAGES, config={"api_token": [TOKEN]})

    assert done.exit_code == 2
    assert "Setting api_token must be text" in done.stderr
    assert TOKEN not in done.stderr


def test_groove_itself_gets_it(sandbox: Sandbox, run: Run, echo_config: dict[str, Any]) -> None:
    run(echo_config, MESSAGES)

    assert all(entry["authorized"] for entry in sandbox.log())

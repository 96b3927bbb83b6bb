"""A place for trials: a sandbox, a folder, and whatever starts the program."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from target_groove.sandbox import Sandbox
from tests.faults.cases import Backend
from tests.faults.disturbances import Blow, Disturbance, Stage
from tests.faults.feeding import Feeder
from tests.faults.killed import VARIABLE
from tests.faults.launching import PATIENCE, Forked, Fresh, Launcher, Order, Process
from tests.faults.oracle import World, look
from tests.faults.reading import Reader
from tests.faults.rows import Row
from tests.faults.servers import Databases
from tests.faults.streams import MAILBOX, Place
from tests.processes import eventually, lines_of

TOKEN = "test-token-of-trials"
_OPTIONS: dict[str, Any] = {
    "token": TOKEN,
    "latency_ms": 0,
    "requests_per_minute": 0,
    "retry_after": "seconds",
    "window": "sliding",
    "window_seconds": 60.0,
}
_lock = threading.Lock()
_numbers = iter(range(1, 1 << 31))


@dataclass(slots=True)
class Clock:
    """The sandbox's clock.

    Attributes:
        behind: How far it is behind the time.
    """

    behind: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) - self.behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One process that is over.

    Attributes:
        exit_code: Minus the signal that killed it, if one did.
        stdout: What it printed.
        log: What it logged.
        world: What was in Groove right after.
        in_flight: How many calls were still under way then.
    """

    exit_code: int
    stdout: bytes
    log: str
    world: World
    in_flight: int = 0


@dataclass(slots=True)
class Bench:
    """Where trials run, one after the other.

    Attributes:
        sandbox: The sandbox.
        clock: Its clock.
        folder: For the files of trials; those of one trial are in a folder of its own.
        forked: Starts processes quickly.
        databases: Makes PostgreSQL databases, if there is a server.
    """

    sandbox: Sandbox
    clock: Clock
    folder: Path
    forked: Forked
    databases: Databases | None = None
    trial: Path = field(init=False)
    _runs: int = 0
    _backend: Backend = Backend.NONE

    def begin(self, backend: Backend) -> dict[str, Any]:
        """Begin a trial with an empty sandbox and ledger.

        Returns:
            The settings of its runs.
        """
        with _lock:
            number = next(_numbers)
        self.trial = self.folder / f"trial-{os.getpid()}-{number}"
        self.trial.mkdir(parents=True)
        self._runs, self._backend = 0, backend
        self.calm()
        self.sandbox.reset()
        settings = {
            "api_token": TOKEN,
            "api_url": self.sandbox.api_url,
            "graphql_url": self.sandbox.graphql_url,
            "requests_per_minute": 0,
            "dead_letter_path": str(self.trial / "dead-letters.singer.jsonl"),
        }
        match backend:
            case Backend.SQLITE:
                settings["ledger_url"] = f"sqlite:///{self.trial / 'ledger.db'}"
            case Backend.POSTGRESQL:
                assert self.databases is not None
                settings["ledger_url"] = self.databases.make(self.trial.name)
            case Backend.NONE:
                settings["ledger_url"] = "none"
        return settings

    def forget(self) -> None:
        """Delete the files of the trial."""
        shutil.rmtree(self.trial)
        if self._backend is Backend.POSTGRESQL and self.databases is not None:
            self.databases.drop(self.trial.name)

    def calm(self) -> None:
        """Let the sandbox behave."""
        self.sandbox.configure(**_OPTIONS)
        self.sandbox.faults([])

    def prepare(self) -> Place:
        """File some tickets, and write some articles, in another's name."""
        base = self.sandbox.things("knowledge_bases")[0]["id"]
        numbers, articles = [], []
        for number in range(3):
            sender = f"jo{number}@acme.example"
            content = {"body": f"old {number}", "from": sender, "to": MAILBOX}
            numbers.append(self._post("tickets", content).json()["ticket"]["number"])
            article = self._post(f"kb/{base}/articles", {"title": f"old {number}"}).json()
            articles.append(article["article"]["id"])
        return Place(base, numbers, articles)

    def make_equal(self, row: Row) -> None:
        """Make what a row asks for in another's name, so that an equal thing is there before."""
        content = {name: value for name, value in row.record.items() if name != "id"}
        match row.stream:
            case "tickets" | "events":
                self._post("tickets", {**content, "to": MAILBOX})
            case "groups":
                self._post("groups", content)
            case "articles":
                content.pop("state", None)
                self._post(f"kb/{content.pop('knowledge_base_id')}/articles", content)
            case "messages":
                self._post(f"tickets/{content.pop('ticket_number')}/messages", content)

    def _post(self, path: str, content: Mapping[str, Any]) -> requests.Response:
        # Dates have whole seconds: what others made in the second of the send looks like ours.
        self.clock.behind = timedelta(seconds=5)
        with requests.Session() as session:
            # pytest changes the environment while threads of trials would read it.
            session.trust_env = False
            answer = session.post(
                f"{self.sandbox.api_url}/{path}",
                json=content,
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=PATIENCE,
            )
        self.clock.behind = timedelta()
        assert answer.ok, answer.text
        return answer

    def run(
        self,
        settings: Mapping[str, Any],
        messages: list[dict[str, Any]],
        disturbance: Disturbance,
        *,
        is_fresh: bool,
        latency_ms: float = 0,
    ) -> list[Ended]:
        """Run the program, disturbed, to its end.

        Args:
            settings: Its settings.
            messages: What the tap says.
            disturbance: What goes wrong.
            is_fresh: Whether it has an interpreter of its own.
            latency_ms: How long the sandbox takes for each call, at least.

        Returns:
            How it ended; of two processes, in the order of their ends.

        Raises:
            TimeoutError: A process did not end; it was killed.
        """
        seen = len(self.sandbox.log())
        slowest = max(latency_ms, disturbance.options.get("latency_ms", 0))
        self.sandbox.configure(**{**disturbance.options, "latency_ms": slowest})
        self.sandbox.faults(disturbance.faults)
        launcher: Launcher = Fresh() if is_fresh else self.forked
        kill = {VARIABLE: "{}:{}".format(*disturbance.kill)} if disturbance.kill else {}
        whole = {**settings, **disturbance.settings}
        orders = [self._order(whole, messages, environment=kill)]
        if disturbance.is_twin:
            orders.append(self._order(whole, messages, environment={}))
        lines = disturbance.stdout_lines
        reader = None if lines is None else Reader(orders[0].stdout, lines)
        pauses = disturbance.pauses
        feeder = Feeder(orders[0].stdin, lines=pauses[0], pause_ms=pauses[1]) if pauses else None
        processes = [launcher.start(order) for order in orders]
        if disturbance.blow:
            self._strike(processes[0], disturbance.blow, seen)
        try:
            ended = self._ends(processes, orders, reader)
        finally:
            if feeder is not None:
                feeder.finish()
        self._settle()
        self.calm()
        return ended

    def _settle(self) -> None:
        """Wait until the sandbox has dealt with every call.

        Whoever starts the next run does not do so while a dead process's request is on its way.
        """
        eventually(lambda: not self._under_way())

    def _under_way(self) -> int:
        return sum(each["duration_ms"] is None for each in self.sandbox.log())

    def command(self, settings: Mapping[str, Any], *arguments: str) -> tuple[int, str, str]:
        """Run a command of the program, such as `ledger list`.

        Returns:
            Its exit code, its stdout and its stderr.
        """
        order = self._order(settings, [], environment={}, arguments=arguments)
        code = self.forked.start(order).exit_code.result(PATIENCE)
        return code, order.stdout.read_text(), order.stderr.read_text()

    def _order(
        self,
        settings: Mapping[str, Any],
        messages: list[dict[str, Any]],
        *,
        environment: Mapping[str, str],
        arguments: tuple[str, ...] = (),
    ) -> Order:
        self._runs += 1
        name = f"run-{self._runs}"
        config, stdin = self.trial / f"{name}.json", self.trial / f"{name}.input"
        config.write_text(json.dumps(dict(settings)))
        stdin.write_bytes(lines_of(messages))
        stdout = self.trial / f"{name}.stdout"
        stdout.touch()
        return Order(
            folder=self.trial,
            arguments=[*arguments, "--config", str(config)],
            stdin=stdin,
            stdout=stdout,
            stderr=self.trial / f"{name}.log",
            environment=environment,
        )

    def _ends(
        self, processes: list[Process], orders: list[Order], reader: Reader | None
    ) -> list[Ended]:
        waiting = dict(zip(processes, orders, strict=True))
        deadline = time.monotonic() + PATIENCE
        ended = []
        tick = threading.Event()
        while waiting:
            for process in [each for each in waiting if each.has_ended]:
                in_flight = self._under_way()
                order = waiting.pop(process)
                is_read = reader is not None and reader.path == order.stdout
                stdout = reader.finish() if reader and is_read else order.stdout.read_bytes()
                ended.append(
                    Ended(
                        exit_code=process.exit_code.result(),
                        stdout=stdout,
                        log=order.stderr.read_text(),
                        world=look(self.sandbox),
                        in_flight=in_flight,
                    )
                )
            if waiting and time.monotonic() > deadline:
                for process in waiting:
                    process.signal(9)
                msg = f"a run did not end within {PATIENCE:.0f} s"
                raise TimeoutError(msg)
            tick.wait(0.002)
        return ended

    def _strike(self, process: Process, blow: Blow, seen: int) -> None:
        """Send signals when the sandbox saw what they wait for, or never if that does not come."""
        tick = threading.Event()
        deadline = time.monotonic() + PATIENCE
        while not process.has_ended and time.monotonic() < deadline:
            log = self.sandbox.log(seen)
            if len(log) >= blow.after and (
                blow.stage is Stage.ARRIVED or log[blow.after - 1]["done"]
            ):
                tick.wait(blow.jitter_ms / 1000)
                for number in blow.signals:
                    process.signal(number)
                return
            tick.wait(0.001)

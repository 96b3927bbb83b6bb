"""The Singer side: messages in, STATE out."""

from __future__ import annotations

import copy
import os
import sys
import time
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final

from singer_sdk import Target
from singer_sdk.exceptions import (
    ConfigValidationError,
    DataError,
    InvalidRecord,
    MappingError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
)
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_groove.batch_files import read_batch_files
from target_groove.checkpoints import Checkpoints
from target_groove.config_sources import environment_config, sdk_problems
from target_groove.delivery.client import Client
from target_groove.delivery.encoding import to_json
from target_groove.delivery.engine import Engine, Times
from target_groove.delivery.pacing import Pacer
from target_groove.delivery.request import Source
from target_groove.errors import ConfigurationError, DeliveryError, InputError
from target_groove.outputs.dead_letters import UNREADABLE_SCHEMA, UNREADABLE_STREAM, DeadLetters
from target_groove.outputs.summary import Summary
from target_groove.pipeline import Pipeline
from target_groove.reader import SingerLineReader
from target_groove.route_reading import read_routes
from target_groove.routes import Routes
from target_groove.settings import settings_and_problems, settings_schema
from target_groove.sink import GrooveSink
from target_groove.stopping import StopRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.lines import Line

_SHORTEST_IDLE_SECONDS: Final = 1.0


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record came before the SCHEMA of its stream."""


class MissingKeyError(DeliveryError, MissingKeyPropertiesError):
    """A record lacks an attribute of its stream's key."""


class GrooveTarget(Target):
    """Delivers the records of Singer streams into the Groove help desk."""

    name = "target-groove"
    config_jsonschema: ClassVar[dict[str, Any]] = settings_schema()
    default_sink_class = GrooveSink
    capabilities: ClassVar[list[Any]] = [
        *Target.capabilities,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.BATCH,
    ]

    def __init__(self, *, stop: StopRequest | None = None, **kwargs: Any) -> None:
        """Check the configuration and prepare a run; nothing is sent yet.

        Args:
            stop: What signals ask for.
            kwargs: As for the SDK's `Target`.

        Raises:
            ConfigValidationError: The configuration is unusable; its `errors` are the sentences.
        """
        self._stop = stop or StopRequest()
        super().__init__(**kwargs)
        self.max_parallelism = 1
        self.summary = Summary()
        self._checkpoints = Checkpoints()
        self._last_checkpoint = time.monotonic()
        self._last_printed: Any = None
        self._schemas: dict[str, dict[str, Any]] = {}
        self._message: Mapping[str, Any] = {}
        self._place_in_batch = ""
        self._reader = self.message_reader = SingerLineReader(
            max_bytes=self.settings.max_record_bytes,
            stop=self._stop,
            seconds_until_idle=self._seconds_until_idle,
            on_idle=self._on_idle,
            on_unreadable=self._on_unreadable,
        )

    # Configuration

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, but not those that would do nothing here."""
        super().append_builtin_config(config_jsonschema)
        config_jsonschema["properties"].pop("load_method", None)

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        cls.append_builtin_config(cls.config_jsonschema)
        return environment_config(cls.config_jsonschema, cls._env_var_prefix)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        built_in: dict[str, Any] = {"properties": {}}
        self.append_builtin_config(built_in)
        for name in settings_schema()["properties"]:
            built_in["properties"].pop(name, None)
        known = built_in["properties"]
        self.settings, problems = settings_and_problems(self._config, also_known=known)
        try:
            self.routes = read_routes(self.settings)
        except ConfigurationError as error:
            self.routes = Routes(())
            problems += error.problems
        problems += sdk_problems(self._config, built_in)
        if problems and raise_errors:
            summary = "The configuration is unusable"
            raise ConfigValidationError(summary, errors=problems, schema=self.config_jsonschema)
        return problems

    def _setup_signal_handlers(self) -> None:
        self._stop.install()

    # Parts of a run, made when they are first needed

    @cached_property
    def engine(self) -> Engine:
        """What sends requests."""
        times = Times(clock=time.monotonic, now=lambda: datetime.now(UTC), sleep=self._stop.sleep)
        return Engine(
            Client(self.settings),
            Pacer(self.settings.requests_per_minute, clock=times.clock, sleep=times.sleep),
            times,
            api_url=self.settings.api_url,
            max_attempts=self.settings.max_attempts,
        )

    @cached_property
    def _dead_letters(self) -> DeadLetters:
        return DeadLetters(self.settings.dead_letter_path)

    @cached_property
    def _pipeline(self) -> Pipeline:
        return Pipeline(
            self.settings,
            engine=self.engine,
            checkpoints=self._checkpoints,
            dead_letters=self._dead_letters,
            summary=self.summary,
            logger=self.logger,
        )

    # A run

    def run(self, file_input: IO[Any] | None = None) -> None:
        """Deliver a whole input; whatever ends it, the STATE that is true is printed.

        Args:
            file_input: The input, standard input if None.

        Raises:
            TargetGrooveError: The run stopped; the text says why.
        """
        replayed = self._replayed_file(file_input)
        if replayed is not None:
            self._dead_letters.begin_replay()
        try:
            self.listen(file_input)
        except BaseException:
            self._checkpoint()
            raise
        if replayed is not None:
            self._dead_letters.finish_replay(os.lseek(replayed, 0, os.SEEK_CUR))
        self._say_the_end()

    def process_endofpipe(self) -> None:
        """Deliver what waits, and print the last STATE."""
        self._pipeline.finish()
        super().process_endofpipe()
        self._checkpoint()

    def _say_the_end(self) -> None:
        rejected = self.summary.rejected.total()
        where = f"; what was rejected is in {self._dead_letters.path}" if rejected else ""
        self.logger.info(
            "Done: %s%s.",
            self.summary.sentence,
            where,
            extra={
                "delivered": self.summary.delivered.total(),
                "rejected": rejected,
                "skipped": self.summary.skipped.total(),
                "requests": self.summary.requests,
            },
        )

    def _replayed_file(self, file_input: IO[Any] | None) -> int | None:
        """Tell whether the input is the dead-letter file itself; if so, give its descriptor."""
        path = Path(self.settings.dead_letter_path)
        if file_input is None or not path.exists():
            return None
        try:
            descriptor = file_input.fileno()
        except OSError:
            return None
        return descriptor if os.path.samestat(os.fstat(descriptor), path.stat()) else None

    # Messages

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._text_of(message_dict, "stream")
        original = copy.deepcopy(message_dict)
        try:
            super()._process_schema_message(message_dict)
        except (InvalidInputLine, DataError, MappingError) as error:
            reason = str(error).splitlines()[0]
            msg = f"{self._place}: the SCHEMA of stream {stream} cannot be used ({reason})."
            raise InputError(msg) from error
        self._schemas[stream] = original

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._text_of(message_dict, "stream")
        if not isinstance(message_dict.get("record"), dict):
            msg = f"{self._place}: a RECORD of stream {stream} has no record."
            raise InputError(msg)
        if stream not in self._schemas:
            msg = f"{self._place}: a RECORD of stream {stream} came before its SCHEMA."
            raise RecordBeforeSchemaError(msg)
        self._message = message_dict
        try:
            super()._process_record_message(message_dict)
        except InvalidRecord as error:
            self._reject_message(f"it does not fit its schema: {error.error_message}")
        except MappingError as error:
            self._reject_message(f"its stream map fails: {error}")
        except MissingKeyPropertiesError as error:
            keys = ", ".join(self._schemas[stream].get("key_properties") or ())
            try:
                self._reject_message(f"it lacks an attribute of its key ({keys})")
            except DeliveryError as stop:
                raise MissingKeyError(str(stop)) from error

    def deliver_record(
        self, name: str, key_properties: Sequence[str], record: Mapping[str, Any]
    ) -> None:
        """Take a record from its sink, after stream maps and validation.

        Args:
            name: The stream, after stream maps.
            key_properties: The stream's key.
            record: The record.
        """
        route = self.routes.for_stream(name)
        keys = route.key if route and route.key else key_properties
        source = self._source({key: record.get(key) for key in keys})
        if route is not None:
            self._pipeline.add(name, route, source, record)
        elif self.settings.unmapped_streams == "skip":
            self._pipeline.skip(name, source)
        else:
            msg = (
                f"{self._place}: stream {name} has no route; "
                "add one to streams, or set unmapped_streams to skip."
            )
            raise DeliveryError(msg)
        if not self.settings.checkpoint_seconds:
            self._checkpoint()

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        if "value" not in message_dict:
            msg = f"{self._place}: a STATE has no value."
            raise InputError(msg)
        self._checkpoints.state_read(message_dict["value"])
        if self._seconds_to_checkpoint() <= 0:
            self._checkpoint()

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        if self._text_of(message_dict, "stream") in self._schemas:
            super()._process_activate_version_message(message_dict)

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._text_of(message_dict, "stream")
        storage = (self.config.get("batch_config") or {}).get("storage") or {}
        storage_root = storage.get("root")
        try:
            for place, record in read_batch_files(message_dict, storage_root=storage_root):
                self._place_in_batch = f", {place}"
                self._process_record_message({"type": "RECORD", "stream": stream, "record": record})
        except InputError as error:
            if isinstance(error, RecordBeforeSchemaError):
                raise
            msg = f"{self._place}, stream {stream}: {error}."
            raise InputError(msg) from error
        finally:
            self._place_in_batch = ""

    def _handle_max_record_age(self) -> None:
        """Do nothing: checkpoints have their own clock."""

    # Rejected before delivery

    def _reject_message(self, reason: str) -> None:
        stream = self._message["stream"]
        route = self.routes.for_stream(stream)
        keys = self._schemas[stream].get("key_properties") or ()
        record = self._message["record"]
        self._pipeline.reject(
            self._source({key: record.get(key) for key in keys}),
            reason,
            dead_letters=route.dead_letters if route else self.settings.on_error == "dead_letter",
            endpoint=route.template.id if route else "",
        )

    def _on_unreadable(self, line: Line, reason: str) -> None:
        self._message = {
            "type": "RECORD",
            "stream": UNREADABLE_STREAM,
            "record": {
                "line": line.number,
                "reason": reason,
                "text": line.data.decode(errors="backslashreplace"),
            },
        }
        self._schemas[UNREADABLE_STREAM] = {
            "type": "SCHEMA",
            "stream": UNREADABLE_STREAM,
            "schema": UNREADABLE_SCHEMA,
            "key_properties": [],
        }
        if self.settings.on_error == "fail":
            msg = f"{self._place}: {reason}."
            raise InputError(msg)
        self._reject_message(reason)

    # Places

    @property
    def _place(self) -> str:
        return f"Line {self._reader.line_number}{self._place_in_batch}"

    def _source(self, key: Mapping[str, Any]) -> Source:
        stream = self._message["stream"]
        return Source(
            stream=stream,
            message=self._message,
            schema=self._schemas[stream],
            place=self._place[0].lower() + self._place[1:],
            key=", ".join(f"{name}={value}" for name, value in key.items()),
            position=self._checkpoints.open(),
        )

    def _text_of(self, message: Mapping[str, Any], name: str) -> str:
        value = message.get(name)
        if isinstance(value, str) and value:
            return value
        msg = f"{self._place}: a {message['type']} has no {name}."
        raise InputError(msg)

    # Checkpoints

    def _seconds_to_checkpoint(self) -> float:
        return self._last_checkpoint + self.settings.checkpoint_seconds - time.monotonic()

    def _seconds_until_idle(self) -> float | None:
        if not self._checkpoints.waits:
            return None
        return max(self._seconds_to_checkpoint(), _SHORTEST_IDLE_SECONDS)

    def _on_idle(self) -> None:
        self._pipeline.end_window()
        self._checkpoint()

    def _checkpoint(self) -> None:
        """Print the newest STATE that is true, if it says something new."""
        self._last_checkpoint = time.monotonic()
        state = self._checkpoints.take_true_state()
        if not state or state == self._last_printed:
            return
        try:
            sys.stdout.write(to_json(state).decode() + "\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            # Nobody reads any more; the interpreter must not try again at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            msg = "STATE cannot be printed, nobody reads standard output any more."
            raise DeliveryError(msg) from error
        self._last_printed = state

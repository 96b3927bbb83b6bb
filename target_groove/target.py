"""The Singer side: messages in, STATE out."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from singer_sdk.exceptions import (
    DataError,
    InvalidRecord,
    MappingError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
)
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_groove.assembly import assemble
from target_groove.batch_files import read_batch_files
from target_groove.configured_target import ConfiguredTarget
from target_groove.delivery.request import Source
from target_groove.errors import DeliveryError, InputError
from target_groove.outputs.dead_letters import UNREADABLE_SCHEMA, UNREADABLE_STREAM
from target_groove.reader import SingerLineReader
from target_groove.sink import GrooveSink
from target_groove.stopping import StopRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.lines import Line
    from target_groove.routes import Route

_SHOWN_OF_A_REASON: Final = 500


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record came before the SCHEMA of its stream."""


class MissingKeyError(DeliveryError, MissingKeyPropertiesError):
    """A record lacks an attribute of its stream's key."""


class GrooveTarget(ConfiguredTarget):
    """Delivers the records of Singer streams into the Groove help desk."""

    default_sink_class = GrooveSink

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
        self.parts = assemble(self.settings, stop=self._stop, logger=self.logger)
        self._schemas: dict[str, dict[str, Any]] = {}
        self._message: Mapping[str, Any] = {}
        self._place_in_batch = ""
        self._is_delivering = False
        self._reader = self.message_reader = SingerLineReader(
            max_bytes=self.settings.max_record_bytes,
            stop=self._stop,
            seconds_until_idle=lambda: self.parts.state_output.seconds_until_idle(
                records_wait=self.parts.pipeline.records_wait
            ),
            on_idle=self._on_idle,
            on_unreadable=self._on_unreadable,
        )

    def _setup_signal_handlers(self) -> None:
        self._stop.install()

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
            self.parts.dead_letters.begin_replay()
        try:
            self.listen(file_input)
        except BaseException:
            self.parts.state_output.print()
            raise
        if replayed is not None:
            self.parts.dead_letters.finish_replay(os.lseek(replayed, 0, os.SEEK_CUR))
        self._say_the_end()

    def close(self) -> None:
        """Close connections and descriptors; a process that ends needs no such thing."""
        self.parts.engine.close()
        self._stop.close()

    def process_endofpipe(self) -> None:
        """Deliver what waits, and print the last STATE."""
        self.parts.pipeline.finish()
        super().process_endofpipe()
        self.parts.state_output.print()

    def _say_the_end(self) -> None:
        rejected = self.parts.summary.rejected.total()
        where = f"; what was rejected is in {self.parts.dead_letters.path}" if rejected else ""
        self.logger.info(
            "Done: %s%s.",
            self.parts.summary.sentence,
            where,
            extra={
                "delivered": self.parts.summary.delivered.total(),
                "rejected": rejected,
                "skipped": self.parts.summary.skipped.total(),
                "requests": self.parts.summary.requests,
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
            _check_schema(message_dict)
            super()._process_schema_message(message_dict)
        except (InvalidInputLine, DataError, MappingError) as error:
            reason = str(error).splitlines()[0][:_SHOWN_OF_A_REASON]
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
        self._is_delivering = False
        try:
            super()._process_record_message(message_dict)
        except InvalidRecord as error:
            self._reject_message(f"it does not fit its schema: {error.error_message}")
        except MissingKeyPropertiesError as error:
            keys = ", ".join(self._schemas[stream].get("key_properties") or ())
            try:
                self._reject_message(f"it lacks an attribute of its key ({keys})")
            except DeliveryError as stop:
                raise MissingKeyError(str(stop)) from error
        except Exception as error:
            if self._is_delivering:
                raise
            # The expression of a stream map raises whatever it likes.
            what = "" if isinstance(error, MappingError) else f"{type(error).__name__}: "
            self._reject_message(f"its stream map fails: {what}{str(error).rstrip('.')}")

    def deliver_record(
        self, name: str, key_properties: Sequence[str], record: Mapping[str, Any]
    ) -> None:
        """Take a record from its sink, after stream maps and validation.

        Args:
            name: The stream, after stream maps.
            key_properties: The stream's key.
            record: The record.
        """
        self._is_delivering = True
        route = self._route_of(name)
        keys = route.key if route and route.key else key_properties
        source = self._source({key: record.get(key) for key in keys})
        if route is not None:
            self.parts.pipeline.add(name, route, source, record)
        elif self.settings.unmapped_streams == "skip" or name == UNREADABLE_STREAM:
            self.parts.notices.no_route(name)
            self.parts.summary.skipped[name] += 1
            if self.parts.dead_letters.is_replay:
                self.parts.dead_letters.keep(source)
            self.parts.checkpoints.settle(source.position)
        else:
            msg = (
                f"{self._place}: stream {name} has no route; "
                "add one to streams, or set unmapped_streams to skip."
            )
            raise DeliveryError(msg)
        self.parts.state_output.print_if_due()
        self._is_delivering = False

    def _route_of(self, stream: str) -> Route | None:
        # What was no message is no record of anybody's, whatever the patterns of the routes say.
        return None if stream == UNREADABLE_STREAM else self.routes.for_stream(stream)

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        if "value" not in message_dict:
            msg = f"{self._place}: a STATE has no value."
            raise InputError(msg)
        self.parts.checkpoints.state_read(message_dict["value"])
        self.parts.state_output.print_if_due()

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        if "version" not in message_dict:
            msg = f"{self._place}: an ACTIVATE_VERSION has no version."
            raise InputError(msg)
        stream = self._text_of(message_dict, "stream")
        if stream in self._schemas:
            self.logger.info(
                "Stream %s: ACTIVATE_VERSION %s changes nothing in Groove, which has no versions.",
                stream,
                message_dict["version"],
            )

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
        route = self._route_of(stream)
        keys = self._schemas[stream].get("key_properties") or ()
        record = self._message["record"]
        self.parts.rejections.take(
            self._source({key: record.get(key) for key in keys}),
            reason,
            set_aside=route.dead_letters if route else self.settings.on_error == "dead_letter",
            endpoint=route.template.id if route else "",
        )

    def _on_idle(self) -> None:
        self.parts.pipeline.end_window()
        self.parts.state_output.print()

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
            position=self.parts.checkpoints.open(),
        )

    def _text_of(self, message: Mapping[str, Any], name: str) -> str:
        value = message.get(name)
        if isinstance(value, str) and value:
            return value
        article = "an" if message["type"].startswith("A") else "a"
        msg = f"{self._place}: {article} {message['type']} has no {name}."
        raise InputError(msg)


def _check_schema(message: Mapping[str, Any]) -> None:
    """Check the shape of a SCHEMA, and mend it, as far as the SDK takes it for granted.

    Raises:
        InvalidInputLine: It has another one.
    """
    schema, keys = message.get("schema"), message.get("key_properties") or []
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        msg = "its schema has no properties"
        raise InvalidInputLine(msg)
    for name, each in properties.items():
        if isinstance(each, bool):
            # True and false are schemas as well, but the SDK reads objects only.
            properties[name] = {} if each else {"not": {}}
        elif not isinstance(each, dict):
            msg = f"property {name} is no object"
            raise InvalidInputLine(msg)
    if not isinstance(keys, list) or not all(isinstance(each, str) for each in keys):
        msg = "key_properties must be a list of names"
        raise InvalidInputLine(msg)

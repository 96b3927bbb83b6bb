"""The Singer side: messages in, STATE out."""

from __future__ import annotations

import copy
import sys
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.exceptions import (
    DataError,
    InvalidRecord,
    MappingError,
    MissingKeyPropertiesError,
)
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_groove.assembled_target import AssembledTarget
from target_groove.attributes import path_reader
from target_groove.batch_files import read_batch_files
from target_groove.delivery.request import Source
from target_groove.errors import DeliveryError, InputError
from target_groove.lines import parse_line
from target_groove.message_checks import (
    SHOWN_OF_A_REASON,
    MissingKeyError,
    check_schema,
    misfit,
    refuse_record,
    text_of,
)
from target_groove.outputs.dead_letters import (
    UNREADABLE_SCHEMA,
    UNREADABLE_STREAM,
    unreadable_record,
)
from target_groove.reader import SingerLineReader
from target_groove.replay import Replay
from target_groove.sink import GrooveSink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.lines import Line
    from target_groove.routes import Route
    from target_groove.stopping import StopRequest


class GrooveTarget(AssembledTarget):
    """Delivers the records of Singer streams into the Groove help desk."""

    default_sink_class = GrooveSink

    def __init__(self, *, stop: StopRequest | None = None, **kwargs: Any) -> None:
        """Check the configuration and prepare a run; see `AssembledTarget`."""
        super().__init__(stop=stop, **kwargs)
        self.max_parallelism = 1
        self._schemas: dict[str, dict[str, Any]] = {}
        self._found_routes: dict[str, Route | None] = {}
        self._message: Mapping[str, Any] = {}
        self._place_in_batch = ""
        self._is_delivering = False
        self._replay: Replay | None = None
        self._reader = self.message_reader = SingerLineReader(
            max_bytes=self.settings.max_record_bytes,
            stop=self._stop,
            seconds_until_idle=lambda: self.parts.state_output.seconds_until_idle(
                window_waits=self.parts.pipeline.window_waits or self.parts.forwarding.waits,
                records_wait=self.parts.pipeline.records_wait,
            ),
            on_idle=self._on_idle,
            wakes=lambda: self.parts.sending,
            on_wake=self._on_wake,
            on_unreadable=self._on_unreadable,
        )

    # A run

    def run(self, file_input: IO[Any] | None = None) -> None:
        """Deliver a whole input; whatever ends it, the STATE that is true is printed.

        Args:
            file_input: The input, standard input if None.

        Raises:
            TargetGrooveError: The run stopped; the text says why.
        """
        if self._sets_aside or any(each.dead_letters for each in self.routes.routes):
            self.parts.dead_letters.check()
        self._replay = Replay.of(
            file_input or sys.stdin, self.parts.dead_letters, self.parts.checkpoints
        )
        if self._replay is not None:
            # An entry is longer than its record, and what is in the file must not get lost.
            self._reader.max_bytes = sys.maxsize
        self.parts.progress.begin(file_input or sys.stdin, lambda: self._reader.line_number)
        try:
            with self.parts.forwarding.telling(tell_again=self.tells_again):
                try:
                    with self._replay or nullcontext(), self.parts.sending:
                        self._deliver_all(file_input)
                except BaseException:
                    self.parts.state_output.print()
                    raise
                self._is_delivered = True
        except BaseException as error:
            self.parts.progress.say_stopped(error)
            raise
        self.parts.progress.say_done()

    def _deliver_all(self, file_input: IO[Any] | None) -> None:
        self.parts.recover()
        try:
            self.listen(file_input)
        except InputError:
            # What came before the line that cannot be taken is delivered.
            self.parts.pipeline.settle_all()
            raise

    def process_endofpipe(self) -> None:
        """Deliver what waits, and print the last STATE."""
        self.parts.pipeline.finish()
        super().process_endofpipe()
        self.parts.state_output.print()

    # Messages

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream = text_of(message_dict, place=self._place, name="stream")
        original = copy.deepcopy(message_dict)
        try:
            check_schema(message_dict)
            super()._process_schema_message(message_dict)
        except (InvalidInputLine, DataError, MappingError) as error:
            reason = str(error).splitlines()[0][:SHOWN_OF_A_REASON]
            msg = f"{self._place}: the SCHEMA of stream {stream} cannot be used ({reason})."
            raise InputError(msg) from error
        self._schemas[stream] = original

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream: Any = message_dict.get("stream")
        stream_maps = self.mapper.stream_maps.get(stream) if isinstance(stream, str) else None
        record = message_dict.get("record")
        if not stream_maps or not isinstance(record, dict):
            refuse_record(message_dict, place=self._place)
        self._message = message_dict
        self._is_delivering = False
        sinks: dict[str, Any] = self._sinks_active
        try:
            for stream_map in stream_maps:
                mapped = stream_map.transform(record.copy())
                if mapped is not None:
                    sinks[stream_map.stream_alias].take(mapped, message_dict)
        except InvalidRecord as error:
            self._reject_message(f"it does not fit its schema{misfit(error)}")
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
        """Take a record from its sink, after stream maps and validation."""
        self._is_delivering = True
        route = self._route_of(name)
        keys = route.key if route and route.key else key_properties
        key = {each: record[each] if each in record else path_reader(each)(record) for each in keys}
        source = self._source(key)
        parts = self.parts
        if route is not None:
            # What may be printed or said meanwhile is seen to when its window is delivered.
            parts.pipeline.add(name, route, source, record, key)
            self._is_delivering = False
            return
        if self.settings.unmapped_streams == "skip" or name == UNREADABLE_STREAM:
            parts.notices.no_route(name)
            parts.summary.skipped[name] += 1
            if self._replay is not None:
                self._replay.let_stay(self._reader.line_number)
            parts.checkpoints.settle(source.position)
        else:
            parts.pipeline.settle_all()
            msg = (
                f"{self._place}: stream {name} has no route; "
                "add one to streams, or set unmapped_streams to skip."
            )
            raise DeliveryError(msg)
        parts.state_output.print_if_due()
        parts.progress.say_if_due()
        self._is_delivering = False

    def _route_of(self, stream: str) -> Route | None:
        if stream not in self._found_routes:
            # What was no message is no record of anybody's, whatever the patterns say.
            found = None if stream == UNREADABLE_STREAM else self.routes.for_stream(stream)
            self._found_routes[stream] = found
        return self._found_routes[stream]

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
        stream = text_of(message_dict, place=self._place, name="stream")
        if stream in self._schemas:
            self._activate(stream, message_dict["version"])

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        stream = text_of(message_dict, place=self._place, name="stream")
        storage = (self.config.get("batch_config") or {}).get("storage") or {}
        storage_root = storage.get("root")
        most = self.settings.max_record_bytes
        where = f"{self._place}, stream {stream}"
        lines = read_batch_files(message_dict, where, max_bytes=most, storage_root=storage_root)
        try:
            for file, line in lines:
                self._stop.check()
                self._place_in_batch = f", {file} line {line.number}"
                try:
                    record = parse_line(line, max_bytes=most)
                except ValueError as error:
                    self._on_unreadable(line, str(error))
                else:
                    message = {"type": "RECORD", "stream": stream, "record": record}
                    self._process_record_message(message)
        finally:
            self._place_in_batch = ""

    # Rejected before delivery

    def _reject_message(self, reason: str) -> None:
        stream = self._message["stream"]
        route = self._route_of(stream)
        keys = self._schemas[stream].get("key_properties") or ()
        record = self._message["record"]
        set_aside = route.dead_letters if route else self._sets_aside
        source = self._source({key: record.get(key) for key in keys})
        self.parts.pipeline.deliver_before_rejection(stops=not set_aside)
        self.parts.rejections.take(
            source,
            reason,
            set_aside=set_aside,
            endpoint=route.template.id if route else "",
        )

    def _on_unreadable(self, line: Line, reason: str) -> None:
        if self._replay is not None and self._sets_aside:
            # No record was opened for the line, so it stays as it is.
            self.parts.summary.skipped[UNREADABLE_STREAM] += 1
            self.logger.warning("%s stays in the dead-letter file: %s.", self._place, reason)
            return
        self._message = unreadable_record(line, reason)
        self._schemas[UNREADABLE_STREAM] = UNREADABLE_SCHEMA
        if not self._sets_aside:
            msg = f"{self._place}: {reason}."
            raise InputError(msg)
        self._reject_message(reason)

    @property
    def _sets_aside(self) -> bool:
        return self.settings.on_error == "dead_letter"

    # Places

    @property
    def _place(self) -> str:
        return f"Line {self._reader.line_number}{self._place_in_batch}"

    def _source(self, key: Mapping[str, Any]) -> Source:
        stream = self._message["stream"]
        number = self._reader.line_number
        if self._replay is not None:
            self._replay.opened(number)
        return Source(
            stream,
            self._message,
            self._schemas[stream],
            f"line {number}{self._place_in_batch}",
            ", ".join([f"{name}={value}" for name, value in key.items()]),
            self.parts.checkpoints.open(),
        )

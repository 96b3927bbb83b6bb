"""One stream's way through the SDK: validation and stream maps, then on to the delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self, cast

from jsonschema import Draft4Validator, SchemaError, ValidationError
from referencing.exceptions import Unresolvable
from singer_sdk import Sink
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.metrics import Metric, Tag, Timer
from singer_sdk.sinks.core import BaseJSONSchemaValidator

from target_groove.validation import QuickValidator, quick_check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Target


class _Draft4(BaseJSONSchemaValidator):
    """Validates by the draft that older taps write."""

    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        self._validator = Draft4Validator(schema)

    def validate(self, record: dict[str, Any]) -> None:
        try:
            self._validator.validate(record)
        except ValidationError as error:
            raise InvalidRecord(error.message, record) from error


class _TimeOfStream(Timer):
    """Measures from the SCHEMA to the moment when all records of it are settled."""

    def __enter__(self) -> Self:
        return self


class DeliversRecords(Protocol):
    """What a sink needs of its target."""

    def deliver_record(
        self, name: str, key_properties: Sequence[str], record: Mapping[str, Any]
    ) -> None:
        """Take a record of a stream."""


class GrooveSink(Sink):
    """Hands each record on as it comes.

    The SDK's own batches are not used: it drains streams side by side, and a group must exist
    before a ticket of another stream is assigned to it.
    """

    def __init__(
        self,
        target: Target,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Remember where records go."""
        super().__init__(target, stream_name, schema, key_properties)
        self._deliver = cast("DeliversRecords", target).deliver_record
        self._adds_metadata = self.include_sdc_metadata_properties

    @property
    def is_full(self) -> bool:
        """Never: nothing waits in the sink."""
        return False

    def take(self, record: dict[str, Any], message: dict[str, Any]) -> None:
        """Check a record and hand it on.

        Args:
            record: The record after stream maps; it is changed.
            message: The message that it came with.

        Raises:
            InvalidRecord: It does not fit its schema.
            MissingKeyPropertiesError: It lacks an attribute of its key.
        """
        if self._adds_metadata:
            self._add_sdc_metadata_to_record(record, message, {})
        else:
            self._remove_sdc_metadata_from_record(record)
        self._validate_and_parse(record)
        for name in self._key_properties:
            if name not in record:
                self._singer_validate_message(record)
        self.tally_record_read()
        self.process_record(record, {})

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Hand the record on."""
        del context
        self._deliver(self.stream_name, self._key_properties, record)

    def get_validator(self) -> BaseJSONSchemaValidator | None:
        """Validate by JSON Schema 2020-12, as the SDK does, or by Draft 4 if only that reads it.

        Taps of the first generation write `exclusiveMinimum: true`, which only Draft 4 knows.
        """
        try:
            careful = super().get_validator()
        except InvalidJSONSchema:
            try:
                Draft4Validator.check_schema(self.schema)
            except SchemaError:
                pass
            else:
                return _Draft4(self.schema)
            raise
        # What the expressions of stream maps make need not be JSON.
        fits = quick_check(self.schema) if careful and not self.config.get("stream_maps") else None
        return QuickValidator(self.schema, fits, careful) if careful and fits else careful

    def get_batch_processing_timer(self) -> Timer:
        """Time the stream: it has no batches, and processing one does nothing."""
        return _TimeOfStream(Metric.BATCH_PROCESSING_TIME, tags={Tag.STREAM: self.stream_name})

    def mark_drained(self) -> None:
        """Count the records for the metric of the SDK, which does it itself from 0.55 on."""
        read, before = self.current_size, self.record_counter_metric.value
        super().mark_drained()
        if self.record_counter_metric.value == before:
            self.record_counter_metric.increment(read)

    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing: every record was handed on when it came."""

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Validate only; dates stay as they came: Groove gets the text, not Python's idea of it."""
        if self._validator is not None:
            try:
                self._validator.validate(record)
            except Unresolvable as error:
                msg = f"the schema refers to what is not there ({error})"
                raise InvalidRecord(msg, record) from error
        return record

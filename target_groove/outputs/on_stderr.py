"""What writes log lines to standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

METRICS: Final = "singer_sdk.metrics"
"""The SDK's logger for lines that only tools read."""


def handlers_on_stderr() -> list[logging.StreamHandler[Any]]:
    """Find them."""
    names = list(logging.root.manager.loggerDict)
    loggers = [logging.root, *map(logging.getLogger, names)]
    return [
        each
        for logger in loggers
        for each in logger.handlers
        if isinstance(each, logging.StreamHandler) and each.stream is sys.stderr
    ]


def is_for_people(record: logging.LogRecord) -> bool:
    """Whether a log line is for people too; to be a filter of a handler."""
    return record.name != METRICS

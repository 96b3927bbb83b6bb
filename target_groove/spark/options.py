"""What `options` of a write say, sorted into settings, the route and what only Spark has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from target_groove.configured_target import ConfiguredTarget
from target_groove.errors import ConfigurationError
from target_groove.routes import ROUTE_KEYS
from target_groove.setting_values import is_token
from target_groove.settings import described_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LISTS: Final = frozenset({"key", "exclude", "exclude_attributes", "order_by", "widget_fields"})
"""Lists that may be written with commas."""
_TEXTS: Final = frozenset(
    {"stream", "endpoint", "method", "url", "content_format", "prefix", "api_tokens"}
) | {each["name"] for each in described_settings() if each["kind"] == "string"}
"""What is never JSON, whatever it begins with; a path may begin with `{date}`."""
_ANSWERS: Final = ("responses_path", "responses_webhook_url", "responses_command")
_WORDS: Final = {"true": True, "false": False}
_MOST_NAMED: Final = 10
_LONGEST_JSON: Final = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a write.

    Attributes:
        settings: The settings, without routes.
        route: The route, without its stream.
        stream: The name of the stream.
        account_column: The column that names the account of each row; empty for one account.
        tokens: Tokens by account.
        order_by: Columns by which rows of one object are ordered.
        accounts_at_once: To how many accounts a task delivers at once.
    """

    settings: Mapping[str, Any] = field(repr=False)
    route: Mapping[str, Any] = field(repr=False)
    stream: str
    account_column: str
    tokens: Mapping[str, str] = field(repr=False)
    order_by: tuple[str, ...]
    accounts_at_once: int


def read_options(given: Mapping[str, str]) -> Options:
    """Sort the options of a write; what is not given comes from TARGET_GROOVE_* of the driver.

    Args:
        given: The options, all of them text, as Spark hands them on.

    Raises:
        ConfigurationError: Something cannot be understood; it names everything at once.
    """
    problems: list[str] = []
    given = {name.lower(): text for name, text in given.items()}
    kinds = _kinds_of_the_sdk()
    values = {
        name: _value(name, text, problems, kinds.get(name, ())) for name, text in given.items()
    }
    tokens = _tokens(given.get("api_tokens", ""), problems)
    settings = dict(ConfiguredTarget._env_var_config)  # noqa: SLF001 - the SDK's own way to ask
    problems += _refused(values, settings)
    for name in ("streams", "load_method"):
        settings.pop(name, None)
    if not values.get("endpoint") and not values.get("url"):
        problems.append("Option endpoint is missing; `target-groove endpoints` lists them.")
    if not values.get("key"):
        problems.append(
            "Option key is missing; it names the columns that tell one row from another."
        )
    if problems:
        raise ConfigurationError(problems)
    own = {"stream", "account_column", "api_tokens", "order_by", "accounts_at_once"}
    shared = {each["name"] for each in described_settings()}
    route_keys = set(ROUTE_KEYS) - shared
    settings |= {
        name: value for name, value in values.items() if name not in own and name not in route_keys
    }
    if tokens:
        settings["api_token"] = next(iter(tokens.values()))
    return Options(
        settings=settings,
        # Sorted: a route is known by how it is written, and Spark has an order of its own.
        route={name: values[name] for name in sorted(route_keys & values.keys() - {"stream"})},
        stream=values.get("stream") or values.get("endpoint") or "rows",
        account_column=values.get("account_column", ""),
        tokens=tokens,
        order_by=tuple(values.get("order_by", ())),
        accounts_at_once=_at_once(values.get("accounts_at_once", "8")),
    )


def _refused(values: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Name what a pipe has and Spark cannot have.

    Args:
        values: What the options say.
        settings: What the driver's environment says.
    """
    both = {**settings, **values}
    problems = []
    if "streams" in values:
        problems.append("Option streams: a frame is one stream; say endpoint, fields and the like.")
    if values.get("load_method", "upsert") != "upsert":
        problems.append(
            "Option load_method: Spark may run a task twice, and only upsert knows a row again."
        )
    if both.get("add_record_metadata") is True:
        problems.append(
            f"{_named('add_record_metadata', values)}: the time at which a row was read makes it "
            "another each time, and Spark may run a task twice; add what you need to the frame."
        )
    if both.get("report_path"):
        problems.append(
            f"{_named('report_path', values)} tells of one run on one machine, and cannot be used "
            "with Spark; the write's summary and dead_letter_path can."
        )
    if values.get("account_column"):
        problems += [
            f"{_named(name, values)}: an answer does not say of which account it is; write one "
            "account at a time, with option account."
            for name in _ANSWERS
            if both.get(name)
        ]
    return problems


def _named(name: str, values: Mapping[str, Any]) -> str:
    """Say where a setting was set."""
    return f"Option {name}" if name in values else f"Variable TARGET_GROOVE_{name.upper()}"


def _kinds_of_the_sdk() -> dict[str, Sequence[str]]:
    """Name the types of the SDK's own settings, which are no text there."""
    schema: dict[str, Any] = {"properties": {}}
    ConfiguredTarget.append_builtin_config(schema)
    ours = {each["name"] for each in described_settings()}
    return {name: each["type"] for name, each in schema["properties"].items() if name not in ours}


def _value(name: str, text: str, problems: list[str], kinds: Sequence[str]) -> Any:
    if "boolean" in kinds:
        return _WORDS.get(text.strip().lower(), text)
    if "integer" in kinds and text.strip().isdecimal():
        return int(text)
    if name in _LISTS and not text.lstrip().startswith("["):
        return [each.strip() for each in text.split(",") if each.strip()]
    if name not in _TEXTS and text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            problems.append(f"Option {name} is no JSON ({' '.join(str(error).split())}).")
    return text


def _tokens(text: str, problems: list[str]) -> dict[str, str]:
    """Read tokens by account: JSON, or the path of a file with it. Nothing of it is shown."""
    if not text:
        return {}
    try:
        if not text.lstrip().startswith("{"):
            text = Path(text).read_text(encoding="utf-8")
        found = json.loads(text[:_LONGEST_JSON])
    except OSError as error:
        problems.append(f"Option api_tokens: the file cannot be read ({error.strerror}).")
        return {}
    except (ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, dict)
        or not found
        or not all(isinstance(each, str) and each for each in found.values())
    ):
        problems.append(
            "Option api_tokens: a JSON object of tokens by account is needed, or the path of a "
            "file with one."
        )
        return {}
    if unusable := [name for name, each in found.items() if not is_token(each)]:
        problems.append(
            f"Option api_tokens: the token of {', '.join(sorted(unusable)[:_MOST_NAMED])} has "
            "characters that no token has (a space, a line break?)."
        )
    return found


def _at_once(text: str) -> int:
    if not text.isdecimal() or not int(text):
        msg = f"Option accounts_at_once is {text!r}; a whole number from 1 is allowed."
        raise ConfigurationError([msg])
    return int(text)

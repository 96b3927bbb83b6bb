"""Every setting, once: its name, default, limits and meaning.

`--about`, the reference and the check of `meltano.yml` follow from this file.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from target_groove.errors import ConfigurationError
from target_groove.setting_addresses import (
    GRAPHQL_PATH,
    GROOVE_API,
    GROOVE_UPLOADER,
    address_problems,
    ledger_problems,
    profile_problems,
)
from target_groove.setting_field import setting
from target_groove.setting_responses import responses_problems
from target_groove.setting_values import checked_value
from target_groove.setting_widget import widget_problems
from target_groove.wording import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a run, checked."""

    api_token: str = setting(
        "string",
        "Token of the Groove account (Groove: Settings > API). Sent to Groove's hosts only.",
        secret=True,
    )
    api_url: str = setting(
        "string",
        "Base URL of the REST API. Another one only for a sandbox or a proxy.",
        default=GROOVE_API,
    )
    uploader_url: str | None = setting(
        "string",
        f"Base URL for attachments: {GROOVE_UPLOADER}, or the host of api_url if that is set.",
        default=None,
    )
    graphql_url: str | None = setting(
        "string",
        f"Address of the GraphQL API: {GRAPHQL_PATH} on the host of api_url, if not set.",
        default=None,
    )
    attachments_dir: str | None = setting(
        "string",
        "The only folder from which upload_attachment reads files; none: only from the record.",
        default=None,
    )
    streams: tuple[Mapping[str, Any], ...] = setting(
        "array",
        "The routes from streams to endpoints; the first that matches wins.",
        default=(),
        items=("object",),
    )
    unmapped_streams: str = setting(
        "string",
        "What happens to a stream without a route: skip it with a warning, or fail.",
        default="skip",
        choices=("skip", "fail"),
    )
    exclude_attributes: tuple[str, ...] = setting(
        "array",
        "Attributes left out of every payload: dotted paths, `*` allowed.",
        default=(),
    )
    unknown_fields: str = setting(
        "string",
        "Attributes that are no field of the template: drop them with a warning, or send them.",
        default="drop",
        choices=("drop", "send"),
    )
    load_method: str = setting(
        "string",
        "upsert: a record key is one thing in Groove, sent when new or changed; append-only: every "
        "record is sent.",
        default="upsert",
        choices=("upsert", "append-only"),
    )
    batch_size_rows: int = setting(
        "integer",
        "Records in a window, which the ledger commits together; a batch closes at its end.",
        default=100,
        minimum=1,
    )
    requests_per_minute: int = setting(
        "integer",
        "Requests in any 60 seconds, of all processes that share the ledger; 0 for no limit.",
        default=30,
        minimum=0,
    )
    max_in_flight: int = setting("integer", "Requests under way at once.", default=8, minimum=1)
    max_attempts: int = setting("integer", "How often a request is tried.", default=10, minimum=1)
    request_timeout_seconds: int = setting(
        "integer", "How long an attempt may take.", default=30, minimum=1
    )
    on_error: str = setting(
        "string",
        "What a rejected record does: fail stops the run, dead_letter sets it aside.",
        default="fail",
        choices=("fail", "dead_letter"),
    )
    dead_letter_path: str = setting(
        "string",
        "File for records that were set aside; valid Singer input, to be tried again.",
        default="dead-letters.singer.jsonl",
    )
    max_rejected: int | None = setting(
        "integer", "Stop beyond this many rejected records.", default=None, minimum=0
    )
    responses_path: str | None = setting(
        "string",
        "File for Groove's answers, a Singer stream; {date} and {run_id} may stand in its name.",
        default=None,
    )
    responses_webhook_url: str | None = setting(
        "string",
        "Address that Groove's answers are posted to, as JSON arrays of up to 100.",
        default=None,
        secret=True,
    )
    responses_command: str | None = setting(
        "string",
        "Command line of a Singer target that gets Groove's answers on its standard input.",
        default=None,
    )
    responses_stream: str = setting(
        "string", "Name of the stream of Groove's answers.", default="groove_responses"
    )
    ledger_url: str = setting(
        "string",
        "Where the delivery ledger is: an SQLAlchemy URL of SQLite or PostgreSQL; none: no ledger.",
        default="sqlite:///.target-groove/ledger.db",
        secret=True,
    )
    ledger_namespace: str = setting(
        "string",
        "Keeps apart what shares a ledger, such as test and production.",
        default="default",
    )
    account: str | None = setting(
        "string",
        "Name of the account, where several share a ledger: each has records and a limit of its "
        "own.",
        default=None,
    )
    checkpoint_seconds: int = setting(
        "integer",
        "STATE is printed at most this often, and at the end; 0: as soon as it is settled.",
        default=10,
        minimum=0,
    )
    on_in_doubt: str = setting(
        "string",
        "A send whose outcome is unknown: look_up in Groove and send again only what is not there, "
        "hold it for a person, or resend.",
        default="look_up",
        choices=("look_up", "hold", "resend"),
    )
    max_record_bytes: int = setting(
        "integer",
        "Longer input lines are rejected, by line number.",
        default=10 * 1024 * 1024,
        minimum=1,
    )
    report_path: str | None = setting(
        "string", "File for an HTML page about the run, which needs nothing else.", default=None
    )
    create_missing_fields: bool = setting(
        "boolean",
        "Contacts and companies: create an unknown custom field instead of rejecting the record.",
        default=False,
    )
    profile_url: str = setting(
        "string",
        "Where custom_profile records are kept: an SQLAlchemy URL of SQLite or PostgreSQL.",
        default="sqlite:///.target-groove/profiles.db",
        secret=True,
    )
    widget_fields: tuple[str | Mapping[str, Any], ...] = setting(
        "array",
        "Attributes of a profile that the widget script may show to its visitor; none by default.",
        default=(),
        items=("text", "object"),
    )
    widget_calls: tuple[Mapping[str, Any], ...] = setting(
        "array",
        "What the widget script calls of web1on1, with attributes that widget_fields names.",
        default=(),
        items=("object",),
    )
    widget_secret: str | None = setting(
        "string",
        "Key that visitors of the widget script are signed with; if not set, made of api_token.",
        default=None,
        secret=True,
    )

    @property
    def ledger_account(self) -> str:
        """Whose records the ledger remembers, and whose requests it counts."""
        address = self.api_url.rstrip("/")
        return f"{address}#{self.account}" if self.account else address

    @property
    def graphql_address(self) -> str:
        """Address of the GraphQL API; a sandbox or proxy serves it on its own host."""
        if self.graphql_url:
            return self.graphql_url.rstrip("/")
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}{GRAPHQL_PATH}"

    @property
    def upload_url(self) -> str:
        """Base URL for attachments; a sandbox or proxy serves them on its own host."""
        if self.uploader_url:
            return self.uploader_url.rstrip("/")
        if self.api_url.rstrip("/") == GROOVE_API:
            return GROOVE_UPLOADER
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc}"


def described_settings() -> list[dict[str, Any]]:
    """Describe every setting for tables and tools.

    Returns:
        For each `{name, kind, description, choices, minimum, secret, items, default, required}`.
    """
    return [
        {
            "name": each.name,
            **each.metadata,
            "required": each.default is MISSING,
            "default": None if each.default is MISSING else each.default,
        }
        for each in fields(Settings)
    ]


def read_settings(config: Mapping[str, Any], *, also_known: Iterable[str] = ()) -> Settings:
    """Check a configuration and give it its types.

    Args:
        config: Settings by name; numbers may be strings, null counts as absent.
        also_known: Settings that others check, such as those of the SDK.

    Raises:
        ConfigurationError: Something is wrong; it names everything at once.
    """
    settings, problems = settings_and_problems(config, also_known=also_known)
    if problems:
        raise ConfigurationError(problems)
    return settings


def settings_and_problems(
    config: Mapping[str, Any], *, also_known: Iterable[str] = ()
) -> tuple[Settings, list[str]]:
    """Check a configuration, as `read_settings` does, but go on when something is wrong.

    Returns:
        The settings, with defaults for what is unusable, and the problems as sentences. So the
        routes can be checked as well and everything be said in one list.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    known = {each["name"]: each for each in described_settings()}
    for name, value in config.items():
        if name not in known:
            if name not in also_known:
                problems.append(unknown_name("setting", name, [*known, *also_known]))
        elif value is not None:
            try:
                values[name] = checked_value(known[name], value)
            except ValueError as error:
                problems.append(f"Setting {name} {error}.")
    problems += [
        f"Setting {name} is missing; set it in the configuration or as "
        f"TARGET_GROOVE_{name.upper()} with --config ENV."
        for name, each in known.items()
        if each["required"] and not config.get(name)
    ]
    problems += address_problems(values)
    problems += ledger_problems(values.get("ledger_url", "none"))
    problems += profile_problems(values.get("profile_url"))
    problems += responses_problems(values)
    problems += widget_problems(values)
    return Settings(**{"api_token": "", **values}), problems

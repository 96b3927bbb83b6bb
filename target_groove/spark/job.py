"""What a write is to do, as its tasks need to know it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from singer_sdk.exceptions import ConfigValidationError

from target_groove.configured_target import ConfiguredTarget
from target_groove.errors import ConfigurationError
from target_groove.ledger.opening import file_named, open_database
from target_groove.ledger.without import NO_LEDGER
from target_groove.responses.making import destinations_of
from target_groove.spark.arranged_by import OWN_COLUMNS, options_digested, problems_of
from target_groove.spark.columns import singer_schema
from target_groove.spark.options import read_options
from target_groove.spark.routes_apart import is_apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.responses.destination import Destination
    from target_groove.settings import Settings
    from target_groove.spark.options import Options

_ACCOUNT_KINDS: Final = ("string", "byte", "short", "integer", "long")
_MAP_RECORDS: Final = ("stream_maps", "flattening_enabled")
"""Settings of the SDK that make other records of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A write.

    Attributes:
        name: Its own, random.
        config: The target's configuration, but for the token of each account.
        stream: The name of the stream.
        key: Columns that tell one row from another.
        schema: JSON schema of the rows.
        columns: The columns that become attributes, in their order.
        account_column: The column that names the account of each row; empty for one account.
        tokens: Tokens by account.
        order_by: Columns by which rows of one object are ordered.
        accounts_at_once: To how many accounts a task delivers at once.
        is_arranged: Whether the rows of one object are in one partition, in their order.
        is_apart: Whether no row is about an object that another row may be about.
        is_local: Whether rows go into the profile store, and not to Groove.
        is_one_bundle: Whether rows make lists that replace Groove's, and must not be cut anywhere.
        tells_answers: Where Groove's answers are told, by the names that the ledger has for it.
        arranged_by: Digests of the options by which it is arranged.
    """

    name: str
    config: Mapping[str, Any] = field(repr=False)
    stream: str
    key: tuple[str, ...]
    schema: Mapping[str, Any]
    columns: tuple[str, ...]
    account_column: str
    tokens: Mapping[str, str] = field(repr=False)
    order_by: tuple[str, ...]
    accounts_at_once: int
    is_arranged: bool
    is_apart: bool
    is_local: bool
    is_one_bundle: bool
    tells_answers: tuple[str, ...]
    arranged_by: Mapping[str, str]

    @property
    def maps_records(self) -> bool:
        """Whether the SDK makes other records of the rows, so that a row tells little of them."""
        return any(self.config.get(each) for each in _MAP_RECORDS)

    @property
    def delivers_in_tasks(self) -> bool:
        """Whether tasks deliver; else they find out what is to be delivered, and the driver does.

        Spark asks no Python sink how it wants its rows distributed. So where rows of several
        partitions may be about one object, and nobody has arranged them, one place has to put
        them in order.
        """
        return self.is_arranged or (self.is_apart and not self.account_column)

    @property
    def ledger_url(self) -> str:
        """Where the ledger is."""
        return str(self.config["ledger_url"])

    def configured(self) -> ConfiguredTarget:
        """Read settings and route again; they are those of no account, if there are several."""
        return ConfiguredTarget(config=dict(self.config))

    @property
    def settings(self) -> Settings:
        """The settings; those of no account, if there are several."""
        return self.configured().settings

    def config_for(self, account: str) -> dict[str, Any]:
        """Give the configuration for an account; one without a token can send nothing."""
        if not self.account_column:
            return dict(self.config)
        token = self.tokens.get(account, "none")
        return {**self.config, "api_token": token, "account": account}

    def check_place(self, master: str) -> None:
        """Find out whether the ledger can be where it is.

        Args:
            master: What `spark.master` is; tasks know it, the driver's part of a sink does not.

        Raises:
            ConfigurationError: Tasks may run where the ledger's file is not.
        """
        if master == "local" or master.startswith("local["):
            return
        urls = {"ledger_url": self.ledger_url}
        if self.is_local:
            urls["profile_url"] = self.settings.profile_url
        problems = [
            f"Setting {name} is the file {path}, which tasks on other machines do not see; set it "
            "to a PostgreSQL database (postgresql://USER@HOST/DATABASE)."
            for name, url in urls.items()
            if (path := file_named(url)) is not None
        ]
        if problems:
            raise ConfigurationError(problems)


def settings_for(settings: Settings, account: str) -> Settings:
    """Give the settings of one of several accounts; an empty name is the only one."""
    return replace(settings, account=account) if account else settings


def read_job(
    given: Mapping[str, str], fields: Sequence[Mapping[str, Any]], *, is_for_arranging: bool = False
) -> Job:
    """Check what a write is to do, and that its ledger can be used.

    Args:
        given: The options of the write.
        fields: The fields of the frame's `StructType`, as its `jsonValue` has them.
        is_for_arranging: Whether the frame is about to be arranged.

    Raises:
        ConfigurationError: Something is wrong; it names everything at once.
        LedgerError: The ledger cannot be used.
    """
    options = read_options(given)
    columns = [each for each in fields if each["name"] not in OWN_COLUMNS]
    is_arranged = len(columns) < len(fields)
    own = [each for each in columns if each["name"] != options.account_column]
    schema, problems = singer_schema(own)
    problems += _column_problems(options, columns)
    if is_arranged and is_for_arranging:
        problems.append("The frame is arranged already; write it.")
    if options.order_by and not (is_arranged or is_for_arranging):
        problems.append(
            "Option order_by: Spark gives a sink its rows as they lie; bring them into their order "
            "first with target_groove.spark.arrange(df, **options)."
        )
    # Each account has a ledger of its own, so to say, and its name is no attribute.
    key = [each for each in dict.fromkeys(options.route["key"]) if each != options.account_column]
    if not key:
        problems.append("Option key: rows of one account need more than account_column.")
    config: dict[str, Any] = {
        # What stream maps call by another name must not be passed over.
        "unmapped_streams": "fail",
        **options.settings,
        "streams": [{**options.route, "key": key, "stream": options.stream}],
    }
    route = None
    ways: list[Destination] = []
    try:
        target = ConfiguredTarget(config=config)
    except ConfigValidationError as error:
        problems += error.errors
    else:
        route = target.routes.routes[0]
        ways = destinations_of(target.settings, check=lambda: None, remembers=True)
        config["ledger_url"] = target.settings.ledger_url
        if target.settings.ledger_url == NO_LEDGER:
            problems.append(
                "Setting ledger_url is none, but Spark may run a task twice, and only a ledger "
                "knows what the first one sent."
            )
    arranged_by = {} if problems else options_digested(options, config["ledger_url"])
    if is_arranged:
        problems += problems_of(fields, arranged_by)
    if problems or route is None:
        raise ConfigurationError(problems)
    open_database(config["ledger_url"]).close()
    return Job(
        name=uuid.uuid4().hex,
        config=config,
        stream=options.stream,
        key=tuple(config["streams"][0]["key"]),
        schema=schema,
        columns=tuple(each["name"] for each in own),
        account_column=options.account_column,
        tokens=options.tokens,
        order_by=options.order_by,
        accounts_at_once=options.accounts_at_once if options.account_column else 1,
        is_arranged=is_arranged,
        # With stream maps one row may become a record of any route.
        is_apart=is_apart(route) and not config.get("stream_maps"),
        is_local=route.template.is_local,
        is_one_bundle=route.batch is not None and route.batch.whole_stream,
        tells_answers=tuple(each.name for each in ways),
        arranged_by=arranged_by,
    )


def _column_problems(options: Options, columns: Sequence[Mapping[str, Any]]) -> list[str]:
    kinds = {each["name"]: each["type"] for each in columns}
    names = list(kinds)
    wanted = [("key", each) for each in options.route["key"]]
    wanted += [("order_by", each) for each in options.order_by]
    if options.account_column:
        wanted.append(("account_column", options.account_column))
    problems = [
        f"Option {option}: the frame has no column {name}; it has {', '.join(names) or 'none'}."
        for option, name in wanted
        if name not in names
    ]
    kind = kinds.get(options.account_column, "string")
    if kind not in _ACCOUNT_KINDS:
        problems.append(
            f"Option account_column: {options.account_column} is neither text nor a whole number."
        )
    if options.account_column and not options.tokens:
        problems.append("Option api_tokens is missing; it has the token of each account.")
    if options.account_column and options.settings.get("account"):
        problems.append("Option account: account_column already says whose a row is.")
    if options.tokens and not options.account_column:
        problems.append("Option account_column is missing; it says whose token a row needs.")
    return problems

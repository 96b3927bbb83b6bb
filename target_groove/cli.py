"""The command lines: the Singer target itself with commands around it, and the mapper."""

from __future__ import annotations

import importlib
import logging
from dataclasses import replace
from typing import Any, Final, TypeVar

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand, _ConfigInput

from target_groove.config_sources import read_config_files
from target_groove.errors import ConfigurationError, TargetGrooveError
from target_groove.mapper import GrooveMapper
from target_groove.standard_output import check_streams
from target_groove.target import GrooveTarget

TargetKind = TypeVar("TargetKind", bound=GrooveTarget)

COMMANDS: Final = {
    "check": "Check the configuration, the token, and the names in the routes.",
    "demo": "Deliver a sample to a local stand-in for Groove; no account needed.",
    "endpoints": "Show the templates, or one of them.",
    "ledger": "Look into the delivery ledger, and mend it.",
    "preview": "Show the requests that a run would send; nothing is sent.",
    "profile": "Serve the Custom Profile of customers to Groove, and try its template.",
    "sandbox": "Run a local stand-in for Groove, with a page that shows what arrived.",
    "send-test": "Send one record of the input, and show request and answer.",
}
"""The commands, each in a module of its own name below `commands`, with `_` for `-`."""

_REPORT: Final = click.Option(
    ["--report"], metavar="FILE", help="Write an HTML page about the run (setting report_path)."
)


class _ConfigFiles:
    """How either command line reads its configuration."""

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the files that `--config` names."""
        del ctx, param
        return read_config(value)


class CommandLine(_ConfigFiles, GrooveTarget):
    """The target with its commands; `cli` is the entry point."""

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Make the command: the SDK's own options, and our commands beside them."""
        singer = super().get_singer_command()
        return _Group(
            name=singer.name,
            callback=_run,
            help="Deliver Singer records, from standard input or --input, into Groove.",
            params=[*singer.params, _REPORT],
            context_settings=singer.context_settings,
            invoke_without_command=True,
            logger=cls.logger,
        )


def read_config(values: tuple[str, ...]) -> _ConfigInput:
    """Read what `--config` names: files, or `ENV` for the environment.

    Raises:
        UsageError: A file cannot be read.
    """
    try:
        config = read_config_files(value for value in values if value != "ENV")
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from error
    return _ConfigInput(config=config, parse_env="ENV" in values)


class MapperCommandLine(_ConfigFiles, GrooveMapper):
    """The mapper; `cli` is the entry point."""

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Make the command: the SDK's own options, and one for a loader that lost what it had."""
        singer = super().get_singer_command()
        again = click.Option(
            ["--tell-again"],
            is_flag=True,
            envvar="MAP_GROOVE_TELL_AGAIN",
            help="Tell the answers of the last run again: the loader behind it failed.",
        )
        return _Command(
            name=singer.name,
            callback=_map,
            help="Deliver Singer records into Groove, and hand its answers on as a stream.",
            params=[*singer.params, _REPORT, again],
            context_settings=singer.context_settings,
            logger=cls.logger,
        )


@click.pass_context
def _run(
    ctx: click.Context,
    *,
    about: bool,
    about_format: str | None,
    config: _ConfigInput,
    file_input: Any,
    report: str | None,
) -> None:
    if ctx.invoked_subcommand:
        return
    if about:
        GrooveTarget.print_about(about_format)
    else:
        _run_target(GrooveTarget, config, file_input, report=report)


def _map(
    *,
    about: bool,
    about_format: str | None,
    config: _ConfigInput,
    file_input: Any,
    report: str | None,
    tell_again: bool,
) -> None:
    if about:
        GrooveMapper.print_about(about_format)
    else:
        _run_target(GrooveMapper, config, file_input, report=report, tell_again=tell_again)


def _run_target(
    target_class: type[GrooveTarget],
    config: _ConfigInput,
    file_input: Any,
    *,
    report: str | None,
    tell_again: bool = False,
) -> None:
    check_streams(file_input)
    target_class.print_version(print_fn=target_class.logger.info)
    if report:
        config = replace(config, config={**config.config, "report_path": report})
    target = make_target_of(target_class, config)
    target.tells_again = tell_again
    try:
        target.run(file_input)
    finally:
        target.close()


def make_target(config: _ConfigInput) -> GrooveTarget:
    """Make the target of a configuration.

    Raises:
        ConfigurationError: The configuration is unusable.
    """
    return make_target_of(GrooveTarget, config)


def make_target_of(kind: type[TargetKind], config: _ConfigInput, **more: Any) -> TargetKind:
    """Make a target of some kind.

    Args:
        kind: Its class.
        config: The configuration.
        more: What it takes beside the configuration.

    Raises:
        ConfigurationError: The configuration is unusable.
    """
    try:
        return kind(config=config.config, parse_env_config=config.parse_env, **more)
    except ConfigValidationError as error:
        raise ConfigurationError(error.errors) from error


class _Command(SingerCommand):
    """A command whose errors are sentences and whose exit codes say what happened."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TargetGrooveError as error:
            for sentence in str(error).splitlines():
                self.logger.error(sentence)  # noqa: TRY400 - a sentence, no traceback
            ctx.exit(error.exit_code)


class _Group(_Command, click.Group):
    """The target's command, with the commands around it."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_")
        command: click.Command = importlib.import_module(f"target_groove.commands.{module}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The help needs no command's module, which would cost its imports.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def main() -> None:
    """Run the command line."""
    # One line for each variable that is read would bury what a command has to say.
    logging.getLogger("singer_sdk.configuration").setLevel(logging.WARNING)
    CommandLine.cli()


def main_of_mapper() -> None:
    """Run the mapper's command line."""
    logging.getLogger("singer_sdk.configuration").setLevel(logging.WARNING)
    MapperCommandLine.cli()

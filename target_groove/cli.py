"""The command line: the Singer target itself, and commands around it."""

from __future__ import annotations

import importlib
import logging
import sys
from dataclasses import replace
from typing import Any, Final, TypeVar

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import SingerCommand, _ConfigInput

from target_groove.config_sources import read_config_files
from target_groove.errors import ConfigurationError, TargetGrooveError
from target_groove.target import GrooveTarget

TargetKind = TypeVar("TargetKind", bound=GrooveTarget)

COMMANDS: Final = {
    "check": "Check the configuration, the token, and the names in the routes.",
    "demo": "Deliver a sample to a local stand-in for Groove; no account needed.",
    "endpoints": "Show the templates, or one of them.",
    "ledger": "Look into the delivery ledger, and mend it.",
    "preview": "Show the requests that a run would send; nothing is sent.",
    "sandbox": "Run a local stand-in for Groove, with a page that shows what arrived.",
    "send-test": "Send one record of the input, and show request and answer.",
}
"""The commands, each in a module of its own name below `commands`, with `_` for `-`."""

_REPORT: Final = click.Option(
    ["--report"], metavar="FILE", help="Write an HTML page about the run (setting report_path)."
)


class CommandLine(GrooveTarget):
    """The target with its commands; `cli` is the entry point."""

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the files that `--config` names."""
        del ctx, param
        return read_config(value)

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
        return
    if sys.stdout is None or (sys.stdin is None and file_input is None):
        msg = "Standard input and output must be open: messages come in there, and STATE goes out."
        raise ConfigurationError([msg])
    GrooveTarget.print_version(print_fn=GrooveTarget.logger.info)
    if report:
        config = replace(config, config={**config.config, "report_path": report})
    target = make_target(config)
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


class _Group(click.Group, SingerCommand):
    """The target's command, whose errors are sentences and whose exit codes say what happened."""

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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TargetGrooveError as error:
            for sentence in str(error).splitlines():
                self.logger.error(sentence)  # noqa: TRY400 - a sentence, no traceback
            ctx.exit(error.exit_code)


def main() -> None:
    """Run the command line."""
    # One line for each variable that is read would bury what a command has to say.
    logging.getLogger("singer_sdk.configuration").setLevel(logging.WARNING)
    CommandLine.cli()

"""`target-groove profile`: the Custom Profile service, and its tools."""

from __future__ import annotations

import click

from target_groove.commands.profile_preview import preview, template
from target_groove.commands.profile_serve import serve
from target_groove.commands.profile_sign import sign_visitor


@click.group("profile")
def command() -> None:
    """Show a customer's data beside the conversation (Groove's Custom Profile), and to the widget.

    Records of the endpoint custom_profile are kept in the profile store (setting profile_url).
    """


for each in (serve, sign_visitor, preview, template):
    command.add_command(each)

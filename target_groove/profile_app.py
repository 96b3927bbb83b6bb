"""The profile service for other ASGI servers.

`uvicorn --factory target_groove.profile_app:make --no-access-log`; the variable
TARGET_GROOVE_CONFIG_FILE names the configuration, without it the settings come from the
environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from target_groove.cli import make_target, read_config
from target_groove.profile.opening import open_store
from target_groove.profile.service import make_app

if TYPE_CHECKING:
    from starlette.applications import Starlette


def make() -> Starlette:
    """Make the service of a configuration.

    Raises:
        ConfigurationError: The configuration is unusable.
        ProfileStoreError: The profile store cannot be used.
    """
    target = make_target(read_config((os.environ.get("TARGET_GROOVE_CONFIG_FILE", "ENV"),)))
    settings = target.settings
    target.close()
    store = open_store(settings.profile_url)
    return make_app(settings, store, on_end=store.close)

"""What ends a run because of its ledger."""

from __future__ import annotations

from target_groove.errors import ConfigurationError, DeliveryError


class LedgerError(DeliveryError):
    """The delivery ledger cannot be used, or cannot be used any more."""


class LedgerAddressError(ConfigurationError, LedgerError):
    """What `ledger_url` says can never be a ledger."""

    def __init__(self, sentence: str) -> None:
        """Take the one sentence of it."""
        super().__init__([sentence])

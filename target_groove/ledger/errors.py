"""What ends a run because of its ledger."""

from __future__ import annotations

from target_groove.errors import DeliveryError


class LedgerError(DeliveryError):
    """The delivery ledger cannot be used, or cannot be used any more."""

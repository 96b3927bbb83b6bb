"""The delivery ledger: what was delivered, and which sends have begun and not ended."""

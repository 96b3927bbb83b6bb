"""The table of the profile store."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Double, MetaData, Table, Text

METADATA: Final = MetaData()

PARTS: Final = Table(
    "groove_profile_parts",
    METADATA,
    Column("stream", Text, primary_key=True),
    Column("record_key", Text, primary_key=True),
    Column("email", Text, nullable=False, index=True),
    Column("version", BigInteger),
    Column("attributes", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
)
"""What each record of each stream says about a customer.

- `stream`: its name, after stream maps;
- `record_key`: what identifies the record in its stream;
- `email`: the customer, in the form of `comparable`;
- `version`: that of the record's table, for ACTIVATE_VERSION; null if it has none;
- `attributes`: a flat JSON object, with the prefix of its stream;
- `changed_at`: when they last changed, seconds since 1970.
"""

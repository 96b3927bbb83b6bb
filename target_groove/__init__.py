"""A Singer target that delivers records into the Groove help desk."""

from __future__ import annotations

__version__ = "0.1.0"

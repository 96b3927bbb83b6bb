"""Names for what only an answer of Groove will tell."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from target_groove.delivery.request import Request


class Placeholders:
    """Gives ids that do not exist yet a name, and finds them again where they stand in a URL.

    Each holds a mark that no record can hold, as it is made anew for every preview; so a record's
    own text is never taken for one.
    """

    def __init__(self) -> None:
        """Make the mark."""
        mark = secrets.token_hex(8)
        self._begin = f"<{mark}:"
        self._found = re.compile(f"(?:<|%3C){mark}(?::|%3A)(.*?)(?:>|%3E)")

    def new_id(self, request: Request) -> str:
        """Name what the answer to a create will tell, such as a new ticket's number."""
        rule = request.answer
        what = rule.id_attributes[0] if rule.id_attributes else "id"
        kind = (rule.resource or "thing").replace("_", " ")
        # What an answer gives is taken from behind its last slash; so is this.
        place = request.sources[0].place.replace("/", "|") if request.sources else "before"
        return f"{self._begin}{what} of the {kind} of {place}>"

    def readable(self, text: str) -> str:
        """Write the placeholders in a text or URL without mark and escapes: `<number of …>`."""
        return self._found.sub(lambda found: f"<{unquote(found[1])}>", text)

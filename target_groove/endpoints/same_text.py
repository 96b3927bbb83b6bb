"""Whether two texts say the same, whatever Groove made of the markup.

Groove takes a message as text or HTML and gives it back as HTML (`body`) and as text
(`plain_text_body`), https://www.groovehq.com/docs/messages. What it does to it on the way is not
documented; so what counts is what a reader sees, without the whitespace.
"""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser
from typing import Any, Final

_SILENT: Final = frozenset({"script", "style", "title"})


def same_text(ours: str, *, body: Any, plain: Any = None) -> bool:
    """Tell whether what we sent and what Groove shows are the same text.

    What we sent may be HTML, or plain text in which `<` and `&` mean themselves: one of both
    readings must be equal to one of Groove's. Without any visible text, as with a picture alone,
    the markup must be equal.

    Args:
        ours: The text or HTML that was sent.
        body: The HTML in Groove; what is no string says nothing.
        plain: The plain text in Groove, likewise.
    """
    seen = visible(ours)
    theirs = {visible(body)} if isinstance(body, str) else set()
    if isinstance(plain, str):
        theirs.add(_squeezed(plain))
    if not seen and isinstance(body, str) and _squeezed(ours) == _squeezed(body):
        return True
    return not ({seen, _squeezed(ours)} - {""}).isdisjoint(theirs)


def visible(markup: str) -> str:
    """Give the text that a reader of HTML sees, without whitespace, in Unicode's composed form."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return _squeezed("".join(reader.pieces))


def same_line(ours: Any, theirs: Any) -> bool:
    """Tell whether two titles are the same; runs of whitespace count as one space, None as none."""
    return line(ours) == line(theirs)


def line(value: Any) -> str:
    """Give a title with single spaces and in Unicode's composed form; empty for None."""
    return "" if value is None else " ".join(unicodedata.normalize("NFC", str(value)).split())


def _squeezed(text: str) -> str:
    # Composed last: what a space kept apart may compose.
    return unicodedata.normalize("NFC", "".join(text.split()))


class _Reader(HTMLParser):
    """Collects the text outside of what browsers do not show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)

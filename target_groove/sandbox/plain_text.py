"""Derives plain text from HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"}
_SILENT = {"script", "style", "title"}
_SPACES = re.compile(r"[ \t\r\f\v]+")
_EDGES = re.compile(r" ?\n ?")
_LINES = re.compile(r"\n{3,}")


def plain_text(markup: str) -> str:
    """Return the text of an HTML fragment, a line for a paragraph.

    Text without tags keeps its line breaks.
    """
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    text = _EDGES.sub("\n", _SPACES.sub(" ", "".join(reader.pieces)))
    return _LINES.sub("\n\n", text).strip()


class _Reader(HTMLParser):
    """Collects text and line breaks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)

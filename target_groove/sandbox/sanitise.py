"""Makes foreign HTML safe to show: an allowlist of tags, hardly any attributes."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

_VOID = {"br", "hr"}
_ALLOWED = {
    *_VOID,
    *("a", "abbr", "b", "blockquote", "code", "dd", "del", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd", "li", "ol", "p", "pre", "q"),
    *("s", "small", "span", "strong", "sub", "sup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
# Dropped with everything in them; of other unknown tags the content stays.
_SILENT = {"script", "style", "title", "template", "iframe", "object", "noscript", "svg", "math"}
_MAX_DEPTH = 100
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20]+", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!]|&[#a-zA-Z]\w*;")


def sanitise(markup: str) -> Markup:
    """Return HTML that runs no script, loads nothing, and closes what it opens.

    Text without tags keeps its line breaks.
    """
    if not _LOOKS_LIKE_HTML.search(markup):
        lines = escape(markup.strip()).splitlines()
        return Markup("<br>").join(Markup(line) for line in lines)  # noqa: S704 - escaped above
    writer = _Writer()
    writer.feed(markup)
    writer.close()
    return Markup(writer.result())  # noqa: S704 - the writer escapes


class _Writer(HTMLParser):
    """Writes the allowed part of what it reads; all text goes through escape()."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if self._silent:
            return
        if tag == "img":
            alt = dict(attrs).get("alt") or "image"
            self._pieces.append(f'<span class="picture">{escape(alt)}</span>')
        elif tag in _VOID:
            self._pieces.append(f"<{tag}>")
        elif tag in _ALLOWED and len(self._open) < _MAX_DEPTH:
            self._open.append(tag)
            self._pieces.append(f"<{tag}{_attributes(tag, attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
        elif tag in self._open:
            while True:
                closed = self._open.pop()
                self._pieces.append(f"</{closed}>")
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(escape(data))

    def result(self) -> str:
        """Return what was written, with everything closed."""
        return "".join([*self._pieces, *(f"</{tag}>" for tag in reversed(self._open))])


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    if tag != "a":
        return ""
    target = (dict(attrs).get("href") or "").strip()
    if not _LINK.fullmatch(target):
        return ""
    return f' href="{escape(target)}" rel="noopener noreferrer nofollow" target="_blank"'

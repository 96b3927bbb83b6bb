"""Checks the links of a built site: `python docs/check_links.py FOLDER`.

What Sphinx resolves it has checked by itself; here all is looked at that a browser would see, theme
and indices included. Nothing is asked of the network, and nothing of a page may come from there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("img", "src"), ("script", "src"), ("source", "src"), ("iframe", "src")}
"""What a browser fetches by itself to show a page, beside `link` elements."""
NOT_FETCHED = {"canonical", "next", "prev", "index", "search", "author", "copyright"}
"""What a `link` element may be without being fetched."""


@dataclass
class Page(HTMLParser):
    """One page: what can be linked to in it, and what it links to."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the anchors and links of an element."""
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        for name in ("href", "src"):
            if name in given:
                fetched = (tag, name) in LOADED or (
                    tag == "link" and not NOT_FETCHED & set(given.get("rel", "").split())
                )
                (self.loaded if fetched else self.links).append(given[name])


def wrong_links(site: Path) -> list[str]:
    """Say what is wrong with the links of a site, a sentence each."""
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    wrong = [] if pages else [f"There are no pages in {site}."]
    for path, page in pages.items():
        here = path.relative_to(site.resolve())
        wrong += [
            f"{here}: {address} is loaded from the network."
            for address in page.loaded
            if urlsplit(address).netloc
        ]
        for address in page.links + page.loaded:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                wrong.append(f"{here}: there is no {address}.")
            elif parts.fragment and target in pages and not _has(pages[target], parts.fragment):
                wrong.append(f"{here}: {address} names a place that is not there.")
    return wrong


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _has(page: Page, fragment: str) -> bool:
    return unquote(fragment) in page.anchors


if __name__ == "__main__":
    sys.exit("\n".join(wrong_links(Path(sys.argv[1]))) or None)

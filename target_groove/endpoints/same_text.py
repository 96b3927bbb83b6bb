"""Whether two texts say the same, whatever Groove made of the markup.

Groove takes a message as text or HTML and gives it back as HTML (`body`) and as text
(`plain_text_body`), https://www.groovehq.com/docs/messages. What it does to it on the way is not
documented; so what counts is what a reader sees, without the whitespace.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any, Final

_MARKUP: Final = re.compile(
    r"""
    <!--.*?(?:-->|\Z)
    | <(?P<silent>script|style|title)\b[^<>]*+>.*?(?:</(?P=silent)\s*>|\Z)
    | <[!?][^<>]*+>
    | </?[a-z](?:"[^"]*+"|'[^']*+'|[^"'<>])*+>
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
"""What browsers do not show.

Customers write the text: no alternative looks at a character again and again, as Python's own
parser does, which takes minutes for 100 kB that are made to harm it.
"""


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
    return _squeezed(html.unescape(_MARKUP.sub("", markup)))


def same_line(ours: Any, theirs: Any) -> bool:
    """Tell whether two titles are the same; runs of whitespace count as one space, None as none."""
    return line(ours) == line(theirs)


def line(value: Any) -> str:
    """Give a title with single spaces and in Unicode's composed form; empty for None."""
    return "" if value is None else " ".join(unicodedata.normalize("NFC", str(value)).split())


def _squeezed(text: str) -> str:
    # Composed last: what a space kept apart may compose.
    return unicodedata.normalize("NFC", "".join(text.split()))

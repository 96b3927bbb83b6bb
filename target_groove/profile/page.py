"""The page of a preview: the panel at the width of a sidebar, and what is to be known about it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.encoding import to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_groove.profile.rendering import Panel

SIDEBAR_WIDTH: Final = 300
"""Pixels. An assumption: Groove publishes no width of its sidebar."""
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'"
)
_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { display: flex; flex-wrap: wrap; gap: 2.5rem; margin: 2rem; align-items: flex-start; }
.sidebar { border: 1px solid #8885; border-radius: 8px; overflow: hidden; background: #fff; }
.sidebar h2 { margin: 0; padding: .7rem 1rem; font-size: .95rem; background: #f3f4f6; color: #222; }
iframe { display: block; border: 0; height: 640px; background: #fff; color-scheme: light; }
.notes { flex: 1; min-width: 20rem; max-width: 44rem; }
h1 { font-size: 1.2rem; margin: 0 0 1rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0; }
.warning { border-left: 3px solid #c2410c; padding-left: .8rem; }
table { border-collapse: collapse; }
td { padding: .15rem 1rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
"""
_INSIDE: Final = """<!doctype html><meta charset="utf-8">
<style>body{margin:0;padding:12px 16px;font:14px/1.45 system-ui,sans-serif;color:#222;
overflow-wrap:anywhere}</style><base target="_blank">"""


def preview_page(
    panel: Panel,
    attributes: Mapping[str, Any] | None,
    *,
    email: str,
    headline: str,
    width: int = SIDEBAR_WIDTH,
) -> str:
    """Write the page.

    Args:
        panel: The rendered template; no script in it can run.
        attributes: What the service answers; None if it knows nobody of this e-mail.
        email: The customer.
        headline: What stands above the panel.
        width: Of the sidebar, in pixels.
    """
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{escape(headline)}: {escape(email)}</title>
<style>{_STYLE}</style>
<div class="sidebar" style="width: {width}px">
<h2>{escape(headline)}</h2>
<iframe title="Panel" sandbox="allow-popups allow-same-origin" width="{width}"
 srcdoc="{escape(_INSIDE + panel.html)}"></iframe>
</div>
<main class="notes">
<h1>{escape(email)}</h1>
{_problems(panel, attributes)}
<h3>Attributes</h3>
{_table((name, _text(value)) for name, value in (attributes or {}).items())}
<h3>Filled in by Groove</h3>
<p>These always come from Groove; here they are guesses.</p>
{_table(panel.filled.items())}
</main>
</html>
"""


def _problems(panel: Panel, attributes: Mapping[str, Any] | None) -> str:
    said = []
    if attributes is None:
        said.append("There is no profile of this e-mail; the service answers <code>{}</code>.")
    if panel.printed:
        said.append(f"Undefined, so nothing is printed for them: {_codes(panel.printed)}.")
    if panel.asked:
        said.append(f"Undefined, but only asked for: {_codes(panel.asked)}.")
    return "\n".join(f'<p class="warning">{each}</p>' for each in said)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"<code>{escape(name)}</code>" for name in names)


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = [
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(value)}</td></tr>"
        for name, value in rows
    ]
    return f"<table>{''.join(lines)}</table>" if lines else "<p>None.</p>"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value).decode()

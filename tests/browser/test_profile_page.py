"""The panel of a customer in a real browser: in a preview, and beside a ticket of the sandbox."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from target_groove.profile.changes import Change
from target_groove.profile.default_template import default_template
from target_groove.profile.opening import open_store
from target_groove.profile.page import preview_page
from target_groove.profile.rendering import render
from target_groove.profile.serving import served
from target_groove.profile.writing import ProfileWriter
from target_groove.settings import Settings

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.browser.conftest import Dom

EMAIL = "mira@customers.example"
HOSTILE = """<p id="ok">{{ plan | escape }}</p><script>parent.document.title = 'owned'</script>
<img src="x" onerror="parent.document.title = 'owned'">{{ raw }}"""
LOOKING = """<!doctype html><title>looking</title><body>
<iframe id="page" src="page.html" width="900" height="900"></iframe>
<script>
onload = () => {
  const page = document.getElementById("page").contentDocument;
  const panel = page.querySelector("iframe");
  const inside = panel.contentDocument;
  document.body.dataset.width = panel.getBoundingClientRect().width;
  document.body.dataset.inside = inside.documentElement.clientWidth;
  document.body.dataset.text = inside.body.innerText;
  document.body.dataset.title = page.title;
  document.body.dataset.wide = inside.body.scrollWidth > inside.documentElement.clientWidth;
};
</script>"""

pytestmark = pytest.mark.browser


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder whose files are served, and its address."""
    place = tmp_path / "served"
    place.mkdir()
    handler = functools.partial(Quiet, directory=str(place))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield place, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def seen(dom: Dom, folder: tuple[Path, str], page: str) -> dict[str, str]:
    """Look at a preview as it stands in the browser."""
    place, address = folder
    (place / "page.html").write_text(page, encoding="utf-8")
    (place / "look.html").write_text(LOOKING, encoding="utf-8")
    markup = dom(f"{address}/look.html")
    return dict(re.findall(r'data-(\w+)="([^"]*)"', markup[markup.index("<body") :]))


def test_the_panel_stands_at_the_width_of_the_sidebar(dom: Dom, folder: tuple[Path, str]) -> None:
    attributes = {"plan": "pro", "a_rather_long_name_of_an_attribute": "x" * 80, "seats": 3}
    long = "<table><tr><td>{{ plan }}</td><td>{{ a_rather_long_name_of_an_attribute }}</td></table>"
    panel = render(long, attributes, email=EMAIL)
    shown = seen(dom, folder, preview_page(panel, attributes, email=EMAIL, headline="Shop"))
    assert shown["width"] == shown["inside"] == "300"
    assert shown["text"].startswith("pro")
    assert shown["wide"] == "false"


def test_no_script_of_a_template_or_value_runs(dom: Dom, folder: tuple[Path, str]) -> None:
    attributes = {"plan": "<b>", "raw": "<script>parent.document.title = 'owned'</script>"}
    panel = render(HOSTILE, attributes, email=EMAIL)
    shown = seen(dom, folder, preview_page(panel, attributes, email=EMAIL, headline="Shop"))
    assert shown["title"] == f"Shop: {EMAIL}"
    assert "&lt;b&gt;" in shown["text"]


def test_the_sandbox_shows_the_panel_beside_a_ticket(
    dom: Dom, sandbox: Sandbox, tmp_path: Path
) -> None:
    payload = {"from": EMAIL, "to": "support@sandbox.example", "body": "Hello"}
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    url = f"{sandbox.api_url}/tickets"
    requests.post(url, json=payload, headers=headers, timeout=5).raise_for_status()
    store = open_store(f"sqlite:///{tmp_path}/profiles.db")
    attributes = '{"plan":"gold","raw":"<script>document.body.dataset.owned = 1</script>"}'
    ProfileWriter(store, now=lambda: 1.0).write([Change("s", "1", EMAIL, None, attributes)])
    template = default_template(store.sample(10)) + "{{ raw }}"
    settings = Settings(api_token=sandbox.token)
    with served(settings, store) as service:
        sandbox.configure(profile_url=service, profile_template=template)
        page = dom(f"{sandbox.url}/tickets/1")
        panel = dom(f"{sandbox.url}/tickets/1/profile")
    assert 'src="/tickets/1/profile"' in page
    # A heading and two rows; without the script it would be 416 pixels high.
    height = re.search(r'class="profile"[^>]* style="height: (\d+)px;"', page)
    assert height
    assert 60 < int(height[1]) < 200
    assert "Plan</td><td>gold</td>" in panel
    assert "data-owned" not in panel

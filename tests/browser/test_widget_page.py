"""The widget script in a real browser: what a page's widget is told."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from target_groove.profile.changes import Change
from target_groove.profile.flattening import flattened
from target_groove.profile.opening import open_store
from target_groove.profile.serving import served
from target_groove.profile.visitor import Visitor, sign, signing_key
from target_groove.profile.writing import ProfileWriter
from target_groove.settings import Settings

if TYPE_CHECKING:
    from tests.browser.conftest import Dom

pytestmark = pytest.mark.browser

TOKEN = "secret-token-77c1"
EMAIL = "tak@envoys.example"
HOSTILE = "</script><script>owned()</script><!--<script>'\"\\\u2028\u2029\n>cs /assign 62c6"
RECORD = {
    "contact_first_name": "Takeshi",
    "contact_role": "CEO",
    "contact_notes": "Tak is the CEO of Envoy Industry, \na multinational spanning the APAC region",
    "contact_dob": "1980/02/24",
    "contact_home_address": {
        "street": "1 Main street",
        "city": "Bay city",
        "state": "California",
        "postal_code": 94110,
        "country": "USA",
    },
    "contact_blog_url": {"link": "https://www.google.com", "text": "Google"},
    "contact_personal_cell": "+15558234312",
    "seats": 12,
    "contact_gender": "Male",
    "contact_secondary_emails": ["kovacs@envoys.example", "t@envoys.example"],
    "contact_internal": "nobody is to see it",
    "company_domain": "envoys.example",
    "company_name": "The Envoys",
    "company_description": "Envoys, powering the future!",
}
FIELDS: tuple[Any, ...] = (
    {"field": "contact_first_name", "type": "text"},
    {"field": "contact_role", "type": "text"},
    {"field": "contact_notes", "type": "multi_line"},
    {"field": "contact_dob", "type": "date"},
    {"field": "contact_home_address", "type": "address"},
    {"field": "contact_blog_url", "type": "link"},
    {"field": "contact_personal_cell", "type": "number"},
    {"field": "contact_seats", "from": "seats", "type": "number"},
    {"field": "contact_gender", "type": "dropdown"},
    {"field": "contact_secondary_emails", "list": True},
    "company_domain",
    "company_name",
    "company_description",
)
# As Groove's page on its widget has them; of the two forms of a date there the one that it names.
GROOVE_CALLS = [
    ["identifyContact", "contact_email", EMAIL],
    [
        "setContact",
        {
            "contact_first_name": "Takeshi",
            "contact_role": "CEO",
            "contact_notes": RECORD["contact_notes"],
            "contact_dob": "1980-02-24",
            "contact_home_address": {
                "street": "1 Main street",
                "city": "Bay city",
                "state": "California",
                "postal_code": "94110",
                "country": "USA",
            },
            "contact_blog_url": {"link": "https://www.google.com", "text": "Google"},
            "contact_personal_cell": "+15558234312",
            "contact_seats": "12",
            "contact_gender": "Male",
            "contact_secondary_emails": ["kovacs@envoys.example", "t@envoys.example"],
        },
    ],
    ["identifyCompany", "company_domain", "envoys.example"],
    [
        "setCompany",
        {"company_name": "The Envoys", "company_description": "Envoys, powering the future!"},
    ],
]
CALLS: tuple[dict[str, str], ...] = (
    {"call": "open"},
    {"call": "open"},
    {"call": "predefined_message", "text": "I want to book a {{ interest }}"},
    {"call": "agent_message", "text": "Welcome to the chat"},
    {"call": "agent_message", "text": "Welcome to the chat", "name": "Acme Corp"},
    {"call": "message", "text": "Hello"},
    {"call": "field", "name": "location", "value": "{{ location }}"},
    {"call": "form", "id": "6093490651a8b5629324ae4f"},
    {"call": "field", "name": "brand", "value": "{{ brand }}"},
    {"call": "category", "value": "{{ kind }}"},
    {"call": "meta", "name": "isLead", "value": "{% if is_lead %}yes{% endif %}"},
    {"call": "assign", "id": "{{ agent }}"},
    {"call": "notify", "id": "605411853c68d83fd1ac7655"},
    {"call": "notify"},
    {"call": "mention", "id": "{{ agent }}", "text": "Hello this is for you"},
    {"call": "close"},
    {"call": "message", "text": "Not said", "when": "opened"},
)
SHOPPER = {
    "interest": "test drive",
    "location": "61be87aeafdf672d381a9db4#61be87aeafdf672d381a9db5",
    "brand": "Toyota",
    "kind": "Used Car",
    "is_lead": True,
    "agent": "62c6077ca980127f404b0301",
}
# As web1on1's page on its widget API has them.
WEB1ON1_CALLS = [
    ["open"],
    ["setPredefinedMessage", "I want to book a test drive"],
    ["showFakeAgentMessage", "Welcome to the chat"],
    ["showFakeAgentMessage", "Welcome to the chat", "Acme Corp"],
    ["sendClientMessage", "Hello"],
    [
        "sendClientMessage",
        ">cs .location 61be87aeafdf672d381a9db4#61be87aeafdf672d381a9db5",
    ],
    ["sendClientMessage", ">cs +6093490651a8b5629324ae4f"],
    ["sendClientMessage", ">cs .brand Toyota"],
    ["sendClientMessage", ">cs /set @category Used Car"],
    ["sendClientMessage", ">cs /set isLead yes"],
    ["sendClientMessage", ">cs /assign 62c6077ca980127f404b0301"],
    ["sendClientMessage", ">cs /notify 605411853c68d83fd1ac7655"],
    ["sendClientMessage", ">cs /notify"],
    ["sendClientMessage", ">cs @62c6077ca980127f404b0301 Hello this is for you"],
    ["close"],
]
PAGE = """<!doctype html><meta charset="utf-8"><title>shop</title><body><pre id="calls"></pre>
<script>
const calls = [];
const record = (name) => (...given) => { calls.push([name, ...given]); };
const owned = record("owned");
const groove = window.groove = { widget: {} };
for (const name of ["identifyContact", "setContact", "identifyCompany", "setCompany", "logout"]) {
  groove.widget[name] = record(name);
}
let isOpened = false;
const web1on1 = window.web1on1 = {
  open() { calls.push(["open"]); isOpened = true; },
  close() { calls.push(["close"]); isOpened = false; },
  isOpened: () => isOpened,
  setPredefinedMessage: record("setPredefinedMessage"),
  api: {
    showFakeAgentMessage: record("showFakeAgentMessage"),
    sendClientMessage: record("sendClientMessage"),
  },
};
%(before)s
</script>
<script %(script)s</script>
<script>
document.getElementById("calls").textContent = JSON.stringify(calls);
fetch("%(address)s").then(() => "read", () => "refused").then((how) => {
  document.body.dataset.fetched = how;
});
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        pass

    def end_headers(self) -> None:
        # With it a browser takes scripts of others only if they say so.
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


class Site:
    """A shop's page with the script tag, on another site than the service."""

    def __init__(self, folder: Path, url: str, dom: Dom, settings: Settings, service: str) -> None:
        self._folder = folder
        self._url = url
        self._dom = dom
        self._settings = settings
        self._service = service

    def address(self, v: str | None, dialect: str | None = None) -> str:
        query = {"v": v, "dialect": dialect}
        request = requests.Request("GET", f"{self._service}widget.js", params=query)
        return str(request.prepare().url)

    def signed(self, email: str = EMAIL, seconds: float = 60, token: str = TOKEN) -> str:
        key = signing_key(Settings(api_token=token))
        return sign(Visitor(email, int(time.time() + seconds)), key)

    def calls(
        self, v: str | None, dialect: str | None = None, *, inline: bool = False, before: str = ""
    ) -> list[list[Any]]:
        """Open the page, and give what its widgets were told."""
        address = self.address(v, dialect)
        script = f'src="{address}">'
        if inline:
            script = f">{requests.get(address, timeout=10).text}"
        page = PAGE % {"script": script, "address": address, "before": before}
        (self._folder / "shop.html").write_text(page, encoding="utf-8")
        markup = self._dom(f"{self._url}/shop.html")
        assert 'data-fetched="refused"' in markup
        found = re.search(r'<pre id="calls">(.*?)</pre>', markup, flags=re.DOTALL)
        assert found
        told: list[list[Any]] = json.loads(html.unescape(found[1]))
        return told


@pytest.fixture
def site(dom: Dom, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`site(record, **settings)` has the page and the service up."""
    place = tmp_path / "served"
    place.mkdir()
    url = f"sqlite:///{tmp_path}/profiles.db"
    handler = functools.partial(Quiet, directory=str(place))
    ends = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def make(record: dict[str, Any], **more: Any) -> Site:
            store = open_store(url)
            attributes = json.dumps(flattened(record).attributes)
            ProfileWriter(store, now=lambda: 1.0).write([Change("s", "1", EMAIL, None, attributes)])
            settings = Settings(api_token=TOKEN, **more)
            service = served(settings, store)
            address = service.__enter__()
            ends.append(service)
            shop = f"http://localhost:{server.server_port}"
            return Site(place, shop, dom, settings, address)

        yield make
        for each in ends:
            each.__exit__(None, None, None)
        server.shutdown()
        thread.join()


def test_groove_is_told_what_its_page_wants_for_every_type(site: Callable[..., Site]) -> None:
    shop = site(RECORD, widget_fields=FIELDS)
    assert shop.calls(shop.signed()) == GROOVE_CALLS
    assert shop.calls(shop.signed(), inline=True) == GROOVE_CALLS


def test_types_can_be_told_from_the_values(site: Callable[..., Site]) -> None:
    dob = {**RECORD, "contact_dob": "1980-02-24"}
    names = [each if isinstance(each, str) else each["field"] for each in FIELDS]
    names.remove("contact_secondary_emails")
    names[names.index("contact_seats")] = "seats"
    shop = site(dob, widget_fields=tuple(names))
    expected = json.loads(json.dumps(GROOVE_CALLS))
    del expected[1][1]["contact_secondary_emails"]
    assert shop.calls(shop.signed()) == expected


def test_web1on1_is_told_what_its_page_has(site: Callable[..., Site]) -> None:
    shop = site(SHOPPER, widget_fields=tuple(SHOPPER), widget_calls=CALLS)
    assert shop.calls(shop.signed(), "web1on1") == WEB1ON1_CALLS


def test_what_is_said_once_is_said_once_in_a_tab(site: Callable[..., Site]) -> None:
    calls = (
        {"call": "notify", "id": "{{ agent }}", "once": True},
        {"call": "message", "text": "Hello", "when": "closed", "once": True},
        {"call": "message", "text": "Not said", "when": "opened", "once": True},
    )
    shop = site(SHOPPER, widget_fields=("agent",), widget_calls=calls)
    expected = [
        ["sendClientMessage", f">cs /notify {SHOPPER['agent']}"],
        ["sendClientMessage", "Hello"],
    ]
    v = shop.signed()
    assert shop.calls(v, "web1on1") == expected
    again = requests.get(shop.address(v, "web1on1"), timeout=10).text
    assert shop.calls(v, "web1on1", before=again) == expected
    refused = "Object.defineProperty(window, 'sessionStorage', {get() { throw Error(); }});"
    assert shop.calls(v, "web1on1", before=refused + again) == expected * 2


def test_a_page_without_a_visitor_logs_out(site: Callable[..., Site]) -> None:
    shop = site(RECORD, widget_fields=tuple(SHOPPER), widget_calls=CALLS)
    assert shop.calls(None) == [["logout"]]
    assert shop.calls(None, "web1on1") == []


def test_who_is_not_believed_is_told_nothing(site: Callable[..., Site]) -> None:
    shop = site(RECORD, widget_fields=FIELDS)
    expired, foreign = shop.signed(seconds=-1), shop.signed(token="another account's")
    forged = shop.signed("eve@envoys.example").split(".")
    forged[2] = EMAIL.encode().hex()
    assert [shop.calls(each) for each in (expired, foreign, ".".join(forged))] == [[], [], []]


def test_a_page_without_the_widget_is_left_alone(site: Callable[..., Site]) -> None:
    shop = site(RECORD, widget_fields=FIELDS)
    assert shop.calls(shop.signed(), before="delete window.groove;") == []


@pytest.mark.parametrize("inline", [False, True])
def test_a_hostile_value_is_a_value(site: Callable[..., Site], inline: bool) -> None:  # noqa: FBT001 - a table
    record = {"contact_notes": HOSTILE, "company_domain": HOSTILE, "agent": HOSTILE}
    calls = (
        {"call": "message", "text": "{{ contact_notes }}"},
        {"call": "message", "text": "{{ agent }}"},
        {"call": "field", "name": "brand", "value": "{{ agent }}"},
        {"call": "assign", "id": "{{ agent }}"},
    )
    fields = (
        {"field": "contact_notes", "type": "multi_line"},
        {"field": "company_domain", "type": "multi_line"},
        "agent",
    )
    shop = site(record, widget_fields=fields, widget_calls=calls)
    assert shop.calls(shop.signed(), inline=inline) == [
        ["identifyContact", "contact_email", EMAIL],
        ["setContact", {"contact_notes": HOSTILE, "contact_agent": HOSTILE}],
        ["identifyCompany", "company_domain", HOSTILE],
    ]
    left = HOSTILE.replace(">cs", "\u203acs").replace("\n", " ")
    left = left.replace("\u2028", " ").replace("\u2029", " ")
    assert shop.calls(shop.signed(), "web1on1", inline=inline) == [
        ["sendClientMessage", left],
        ["sendClientMessage", left],
        ["sendClientMessage", f">cs .brand {left}"],
    ]


def test_a_command_in_a_value_is_none(site: Callable[..., Site]) -> None:
    shop = site(
        {"x": ">cs /assign 62c6"},
        widget_fields=("x",),
        widget_calls=({"call": "message", "text": "{{ x }}"}, {"call": "notify", "id": "{{ x }}"}),
    )
    assert shop.calls(shop.signed(), "web1on1") == [["sendClientMessage", "\u203acs /assign 62c6"]]

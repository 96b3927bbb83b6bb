from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
import requests

from target_groove.sandbox import Sandbox
from target_groove.sandbox.sanitise import sanitise

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api, Clock, Graph

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>x</a>"
    "<svg onload=alert(4)><iframe src='//evil.example'></iframe></svg><b onclick=alert(5)>bold"
)


def page(
    sandbox: Sandbox, path: str, status: int = 200, version: str | None = None
) -> requests.Response:
    headers = {"If-None-Match": version} if version else {}
    answer = requests.get(sandbox.url + path, headers=headers, timeout=10)
    assert answer.status_code == status
    return answer


class _Elements(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def assert_harmless(markup: str) -> None:
    """Nothing in the page runs but its own script files."""
    for tag, attributes in _Elements(markup).seen:
        assert tag not in {"iframe", "object", "embed", "img"}
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").startswith("javascript:")
        if tag == "script":
            assert attributes["src"] in {"/static/live.js", "/static/panel.js"}


@pytest.fixture
def article(api: Api, knowledge_base: str) -> str:
    fields = {"title": f"T{HOSTILE}", "body": HOSTILE, "description": HOSTILE, "tags": [HOSTILE]}
    answer = api.post(f"/kb/{knowledge_base}/articles", fields)
    return str(answer.json()["article"]["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/articles",
        "/groups",
        "/widgets",
        "/activity",
        "/requests",
        "/contacts",
        "/companies",
    ],
)
def test_a_new_sandbox_has_all_pages(sandbox: Sandbox, path: str) -> None:
    answer = page(sandbox, path)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unseeded_sandbox_has_all_pages() -> None:
    with Sandbox(seed=False) as empty:
        for path in ("/", "/articles", "/groups", "/widgets", "/requests", "/contacts"):
            assert page(empty, path).content


def test_hostile_data_is_shown_and_does_nothing(
    api: Api, graph: Graph, sandbox: Sandbox, article: str
) -> None:
    api.ticket(
        body=HOSTILE,
        subject=HOSTILE,
        tags=[HOSTILE, "b", "c", "d"],
        starred=True,
        **{"from": {"email": "jo@acme.example", "name": HOSTILE, "about": HOSTILE}},
    )
    message = api.message(body=HOSTILE, note=True)
    url = f"{sandbox.uploader_url}/messages/{message}/attachments"
    api.post(url, data=b"x", params={"filename": HOSTILE})
    api.put("/customers/jo@acme.example", {"custom": {HOSTILE: HOSTILE}})
    api.post("/groups", {"name": HOSTILE, "description": HOSTILE})
    api.post("/webhooks", {"event": "note_added", "url": "https://x.example/<script>"})
    widget = sandbox.things("widgets")[0]["id"]
    api.put(f"/widgets/{widget}", {"name": HOSTILE})
    api.put(f"/widgets/{widget}/settings", {"icon_text": HOSTILE, "enabled": True})
    api.post("/kb", {"title": HOSTILE})
    contact = graph.contact(contact_first_name="Jo", contact_blog_url="javascript:alert(6)")
    company = graph.company(company_name=HOSTILE, company_domain=HOSTILE)
    graph.update(contact, contact_notes=HOSTILE, contact_interests=[HOSTILE])
    graph.do(*("companyAddContacts", "company { id }"), companyId=company, contactIds=[contact])
    requests.get(f"{sandbox.api_url}/<script>?<script>", timeout=10)
    for path in (
        *("/", "/tickets/1", "/articles", f"/articles/{article}", "/groups"),
        *("/widgets", "/requests", "/?state=<script>", "/contacts", "/companies"),
        *(f"/contacts/{contact}", f"/companies/{company}"),
    ):
        assert_harmless(page(sandbox, path).text)
    assert "<b>bold</b>" in page(sandbox, "/tickets/1").text
    prose = page(sandbox, f"/articles/{article}").text.split('<div class="prose">')[1]
    assert "alert" not in prose.split("</article>")[0]


def test_the_inbox_has_pages_and_states(api: Api, sandbox: Sandbox) -> None:
    for number in range(60):
        api.ticket(subject=f"Subject-{number}-", state="closed" if number % 2 else "opened")
    first = page(sandbox, "/").text
    assert "1\u201350 of 60" in first
    assert "Subject-59-" in first
    assert "Subject-9-" not in first
    assert "51\u201360 of 60" in page(sandbox, "/?page=2").text
    closed = page(sandbox, "/?state=closed").text
    assert "1\u201330 of 30" in closed
    assert "Subject-58-" not in closed
    for senseless in ("0", "x", "²"):
        assert "1\u201350 of 60" in page(sandbox, f"/?page={senseless}").text
    page(sandbox, "/?page=99")


def test_a_ticket_shows_who_said_what(api: Api, sandbox: Sandbox) -> None:
    api.ticket(subject="Lost key", body="one\ntwo <3", assignee="ada@sandbox.example")
    api.message(author="grace@sandbox.example", send_copy_to_customer=True)
    shown = page(sandbox, "/tickets/1").text
    assert "Lost key" in shown
    assert "one<br>two &lt;3" in shown
    assert "Grace Murray" in shown
    assert "copy to customer" in shown
    assert "10:15" in shown


def test_a_ticket_of_nobody(api: Api, sandbox: Sandbox) -> None:
    api.ticket(**{"from": "ada@sandbox.example"}, sent_at="Mon, 02 Feb 2025 10:15:00 +0000")
    assert "nobody" in page(sandbox, "/").text
    assert "2 Feb 2025" in page(sandbox, "/tickets/1").text


def test_requests_show_what_became_of_them(api: Api, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_after", "method": "POST"}])
    with pytest.raises(requests.ConnectionError):
        api.post("/tickets", {"body": "x" * 5000})
    for _ in range(200):
        api.get("/me?a=b")
    shown = page(sandbox, "/requests").text
    assert "the last 200 of 201" in shown
    assert "/v1/me" in shown
    sandbox.reset()
    sandbox.faults([{"action": "reset_after"}])
    with pytest.raises(requests.ConnectionError):
        api.post("/tickets", {"body": "x" * 5000})
    shown = page(sandbox, "/requests").text
    assert "reset_after" in shown
    assert "more characters" in shown


def test_contacts_are_listed_with_their_companies(graph: Graph, sandbox: Sandbox) -> None:
    for number in range(51):
        graph.contact(contact_first_name=f"Name-{number}-")
    contact = graph.contact(contact_email="ada@acme.example", contact_interests='["a1", "b2"]')
    company = graph.company(company_name="Acme Engines")
    graph.do(*("companyAddContacts", "company { id }"), companyId=company, contactIds=[contact])
    first = page(sandbox, "/contacts").text
    for shown in ("1\u201350 of 52", "ada@acme.example", "Acme Engines", "2 values", "1 value<"):
        assert shown in first
    assert "51\u201352 of 52" in page(sandbox, "/contacts?page=2").text
    shown = page(sandbox, f"/contacts/{contact}").text
    for text in ("Interests", "contact_interests", "a1", "b2", f"/companies/{company}", "unique"):
        assert text in shown
    assert "Acme Engines" in page(sandbox, "/companies").text
    assert f"/contacts/{contact}" in page(sandbox, f"/companies/{company}").text


def test_a_page_shows_a_bulk_update_once_it_is_due(
    graph: Graph, sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.configure(bulk_seconds=5)
    contact = graph.contact()
    graph.bulk(**{contact: {"contact_role": "Chief engineer"}})
    before = page(sandbox, f"/contacts/{contact}")
    assert "Chief engineer" not in before.text
    clock.advance(5)
    after = page(sandbox, f"/contacts/{contact}", 200, before.headers["ETag"])
    assert "Chief engineer" in after.text


def test_a_graphql_call_is_readable(graph: Graph, sandbox: Sandbox) -> None:
    graph.ask(
        "mutation($t: ContactType!) { "
        'a: contactDelete(input: {contactId: "ct_1"}) { errors { message } } '
        "b: contactCreate(input: {contactType: $t}) { contact { contactType } } "
        "c: contactCreate(input: {contactType: $t}) { contact { contactType } } }",
        t="lead",
    )
    shown = page(sandbox, "/requests").text
    for text in (
        *("mutation contactDelete, contactCreate x 2", "3 fields asked for", "1 error<"),
        *("<h3>Query</h3>", "  a: contactDelete(", "<h3>Variables</h3>", "could not be found"),
        "<h3>Answer</h3>",
    ):
        assert text in shown
    graph.post("{ ping")
    shown = page(sandbox, "/requests").text
    assert "no operation" in shown


@pytest.mark.parametrize("path", ["/tickets/1", "/articles/1", "/contacts/ct_1", "/companies/ct_1"])
def test_what_is_missing_is_a_page_too(sandbox: Sandbox, path: str) -> None:
    assert "nothing at this address" in page(sandbox, path, 404).text


def test_a_fragment_is_only_what_changes(api: Api, sandbox: Sandbox) -> None:
    answer = page(sandbox, "/?fragment=1")
    assert "<html" not in answer.text
    assert "<main>" in answer.text
    version = answer.headers["ETag"]
    page(sandbox, "/?fragment=1", 304, version)
    api.ticket()
    again = page(sandbox, "/?fragment=1", 200, version)
    assert again.headers["ETag"] != version


@pytest.mark.parametrize("name", ["style.css", "live.js", "panel.js", "icon.svg"])
def test_static_files(sandbox: Sandbox, name: str) -> None:
    assert page(sandbox, f"/static/{name}").content


@pytest.mark.parametrize(
    "path", ["/static/app.py", "/static/../app.py", "/favicon.ico", "/attachments/1/x"]
)
def test_nothing_else_is_served(sandbox: Sandbox, path: str) -> None:
    assert page(sandbox, path, 404).status_code == 404
    assert page(sandbox, "/attachments", 404).status_code == 404


@pytest.mark.parametrize(
    "markup, shown",
    [
        ("a\nb", "a<br>b"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("<p>a", "<p>a</p>"),
        ("<b><i>a</b>b", "<b><i>a</i></b>b"),
        ("a</p>b</div>", "ab"),
        ("a<br/>b<hr>", "a<br>b<hr>"),
        ("<blink>a</blink>", "a"),
        ("<style>a</style>b", "b"),
        ("<svg><a>x</a></svg>y", "y"),
        ("<svg>x", ""),
        ("<img alt='a<b'>", '<span class="picture">a&lt;b</span>'),
        ("<img>", '<span class="picture">image</span>'),
        ("<a href=' https://x.example/?a&b '>x</a>", None),
        ("<a href='//x.example'>x</a>", "<a>x</a>"),
        ("<a href='java\nscript:x'>x</a>", "<a>x</a>"),
        ("<a>x</a>", "<a>x</a>"),
        ("<p style='x' onclick='y'>a</p>", "<p>a</p>"),
        ("<!-- x --><p>a</p>", "<p>a</p>"),
        ("&lt;script&gt;", "&lt;script&gt;"),
    ],
)
def test_sanitising(markup: str, shown: str | None) -> None:
    expected = shown or (
        '<a href="https://x.example/?a&amp;b" rel="noopener noreferrer nofollow" '
        'target="_blank">x</a>'
    )
    assert sanitise(markup) == (expected if shown != "" else "")


def test_deep_nesting_ends_somewhere() -> None:
    shown = sanitise("<div>" * 5000 + "x")
    assert shown.count("<div>") == shown.count("</div>") == 100

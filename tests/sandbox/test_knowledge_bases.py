from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]


def test_one_knowledge_base_is_there(api: Api, knowledge_base: str) -> None:
    base = api.get(f"/kb/{knowledge_base}").json()["knowledge_base"]
    assert (base["title"], base["subdomain"]) == ("Help Center", "help")


def test_a_knowledge_base_is_created_and_updated(api: Api) -> None:
    answer = api.post("/kb", {"title": "Developers", "enabled": True, "limit": 3})
    assert answer.status_code == 201
    base = answer.json()["knowledge_base"]
    assert (base["title"], base["enabled"], base["limit"]) == ("Developers", True, 3)
    answer = api.put(f"/kb/{base['id']}", {"subdomain": "dev", "enabled": None})
    assert answer.status_code == 200
    changed = answer.json()["knowledge_base"]
    assert (changed["title"], changed["subdomain"], changed["enabled"]) == (
        *("Developers", "dev", None),
    )


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x", "id": "1"}, "id"),
        ({"title": "x", "theme": {"a": 1}}, "theme"),
    ],
)
def test_a_wrong_knowledge_base_is_refused(
    api: Api, refused: Refused, body: dict[str, object], field: str
) -> None:
    assert set(refused(api.post("/kb", body))) == {field}


def test_a_form_makes_a_knowledge_base_too(api: Api) -> None:
    answer = api.post("/kb", data={"title": "Forms"})
    assert answer.json()["knowledge_base"]["title"] == "Forms"


def test_settings_are_flat(api: Api, refused: Refused, knowledge_base: str) -> None:
    path = f"/kb/{knowledge_base}/settings"
    assert api.get(path).json() == {"settings": {}}
    assert api.put(path, {"language": "en"}).status_code == 200
    answer = api.put(path, {"enabled": True})
    assert answer.json() == api.get(path).json()
    assert answer.json() == {"settings": {"language": "en", "enabled": True}}
    assert set(refused(api.put(path, {"colours": ["red"]}))) == {"colours"}


def test_a_deleted_knowledge_base_takes_its_articles_along(
    api: Api, sandbox: Sandbox, knowledge_base: str
) -> None:
    api.post(f"/kb/{knowledge_base}/articles", {"title": "One"})
    assert api.delete(f"/kb/{knowledge_base}").status_code == 204
    for kind in ("knowledge_bases", "categories", "articles"):
        assert sandbox.things(kind) == []


def test_themes_are_listed(api: Api) -> None:
    assert [theme["name"] for theme in api.get("/kb/themes").json()["themes"]] == ["Default"]


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/settings"),
        ("PUT", "/settings"),
        ("POST", "/articles"),
        ("POST", "/categories"),
        ("GET", "/articles/search"),
        ("GET", "/categories/search?keyword=*"),
    ],
)
def test_an_unknown_knowledge_base_is_404(api: Api, method: str, path: str) -> None:
    assert api.call(method, f"/kb/0000000000{path}").status_code == 404

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_groove.sandbox import Sandbox
from target_groove.sandbox.graphql.customers import blank_customer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox.conftest import Graph

    Held = Callable[[str], dict[str, Any]]


def test_the_fields_of_a_new_account(sandbox: Sandbox) -> None:
    fields = {field["key"]: field for field in sandbox.things("custom_fields")}
    unique = {key for key, field in fields.items() if field["is_unique"]}
    assert unique == {
        *("contact_email", "contact_secondary_emails", "contact_facebook", "contact_twitter"),
        *("contact_linkedin", "contact_user_id", "company_customer_id"),
        *("company_domain", "company_secondary_domains", "company_facebook"),
        *("company_twitter", "company_linkedin"),
    }
    arrays = {key for key, field in fields.items() if field["is_array"]}
    assert arrays == {"contact_secondary_emails", "contact_interests", "company_secondary_domains"}
    assert {field["type"] for field in fields.values()} == {
        *("ADDRESS", "DATE", "DROPDOWN", "LINK", "MULTI_LINE", "NUMBER", "SINGLE_LINE"),
    }
    assert fields["contact_email"]["category"] == "contact_details"


def test_fields_by_category(graph: Graph) -> None:
    categories = graph.ask("{ customFieldCategories { nodes { id key name type } } }")
    nodes = categories["customFieldCategories"]["nodes"]
    assert [(it["key"], it["type"]) for it in nodes][:2] == [
        ("contact_details", "CONTACT"),
        ("company_details", "COMPANY"),
    ]
    query = """query($f: CustomFieldFilter) { customFields(filter: $f) {
      nodes { key category { id } } } }"""
    for category in nodes:
        found = graph.ask(query, f={"categoryIds": [category["id"]]})["customFields"]["nodes"]
        assert found
        assert {field["category"]["id"] for field in found} == {category["id"]}
    assert graph.ask(query, f={"categoryIds": []})["customFields"]["nodes"] == []


def test_options_are_shown(graph: Graph) -> None:
    said = graph.ask("{ customFields { nodes { key options { label value } } } }")
    options = {it["key"]: it["options"] for it in said["customFields"]["nodes"]}
    assert options["contact_plan"][1] == {"label": "Team", "value": "team"}


@pytest.mark.parametrize(
    "key, value, kept",
    [
        ("contact_role", " CEO ", "CEO"),
        ("contact_role", 7, "7"),
        ("contact_notes", "one\ntwo", "one\ntwo"),
        ("contact_dob", "1980-02-24", "1980-02-24"),
        ("contact_dob", "1980/02/24", "1980-02-24"),
        ("contact_seats", 12, "12"),
        ("contact_seats", "+15558234312", "+15558234312"),
        ("contact_seats", -1.5, "-1.5"),
        ("contact_plan", "team", "team"),
        ("contact_home_address", {"city": "X", "street": None}, {"city": "X", "street": None}),
        (
            "contact_blog_url",
            {"link": "https://x.example", "text": "X"},
            {"link": "https://x.example", "text": "X"},
        ),
        ("contact_blog_url", {"link": "x.example"}, {"link": "x.example", "text": None}),
        ("contact_email", "Jo@Acme.example", "jo@acme.example"),
        ("contact_interests", ["a", 1], ["a", "1"]),
    ],
)
def test_a_field_takes_values_of_its_type(
    graph: Graph, held: Held, key: str, value: Any, kept: Any
) -> None:
    contact = graph.contact()
    assert graph.update(contact, **{key: value}) == {}
    assert held(contact) == {key: kept}


@pytest.mark.parametrize(
    "key, value, says",
    [
        ("contact_role", "a\nb", "must be a single line"),
        ("contact_role", "  ", "can't be blank"),
        ("contact_role", True, "must be a text"),
        ("contact_role", ["a"], "must be a text"),
        ("contact_notes", {}, "must be a text"),
        ("contact_dob", "24.2.1980", "is not a valid date"),
        ("contact_dob", "1980-02-30", "is not a valid date"),
        ("contact_seats", "many", "is not a number"),
        ("contact_plan", "Team", "is not included in the list"),
        ("contact_home_address", "London", "must be an address"),
        ("contact_home_address", {}, "must be an address"),
        ("contact_home_address", {"zip": "1"}, "has no zip"),
        ("contact_blog_url", "https://x.example", "must be a link"),
        ("contact_blog_url", {"text": "X"}, "must have a link"),
        ("contact_email", "nobody", "is not a valid email address"),
        ("contact_secondary_emails", ["a@b.example", "x"], "is not a valid email address"),
    ],
)
def test_a_field_refuses_what_is_not_of_its_type(
    graph: Graph, held: Held, key: str, value: Any, says: str
) -> None:
    contact = graph.contact()
    (complaint,) = graph.update(contact, **{key: value}).values()
    assert complaint.startswith(says)
    assert held(contact) == {}


@pytest.mark.parametrize(
    "key, text, kept",
    [
        ("contact_home_address", '{"city": "London"}', {"city": "London"}),
        ("contact_blog_url", '{"link": "l", "text": "t"}', {"link": "l", "text": "t"}),
        ("contact_blog_url", "https://x.example", {"link": "https://x.example", "text": None}),
        ("contact_interests", "a", ["a"]),
        ("contact_interests", '["a", "b"]', ["a", "b"]),
        ("contact_role", '["a"]', '["a"]'),
    ],
)
def test_a_create_writes_everything_as_text(
    graph: Graph, held: Held, key: str, text: str, kept: Any
) -> None:
    assert held(graph.contact(**{key: text})) == {key: kept}


@pytest.mark.parametrize(
    "key, text, says",
    [
        ("contact_home_address", "London", "must be an address"),
        ("contact_home_address", "{London", "is not valid JSON"),
        ("contact_interests", "[a", "is not valid JSON"),
    ],
)
def test_a_text_that_means_nothing_to_the_field(
    graph: Graph, key: str, text: str, says: str
) -> None:
    (error,) = graph.contact(**{key: text})["errors"]
    assert error["message"].startswith(says)


def create_field(graph: Graph, **given: Any) -> Any:
    categories = graph.ask("{ customFieldCategories { nodes { id key } } }")
    ids = {it["key"]: it["id"] for it in categories["customFieldCategories"]["nodes"]}
    blank = {"categoryId": ids["contact_custom"], "icon": "star", "name": "Score"}
    return graph.do(
        "customFieldCreate",
        "customField { key name type isArray isUnique icon description placeholder position "
        "options { value } category { key } }",
        **{**blank, "key": "contact_score", "type": "NUMBER", **given},
    )


def test_a_field_can_be_created_and_used(graph: Graph, held: Held) -> None:
    assert create_field(graph, description="0 to 10", placeholder="5", position=3) == {
        "key": "contact_score",
        "name": "Score",
        "type": "NUMBER",
        "isArray": False,
        "isUnique": False,
        "icon": "star",
        "description": "0 to 10",
        "placeholder": "5",
        "position": 3,
        "options": [],
        "category": {"key": "contact_custom"},
    }
    contact = graph.contact(contact_score="7")
    assert held(contact) == {"contact_score": "7"}
    options = [{"label": "Red", "value": "red"}]
    made = create_field(graph, key="contact_colour", type="DROPDOWN", options=options)
    assert made["options"] == [{"value": "red"}]


@pytest.mark.parametrize(
    "given, path, says",
    [
        ({"key": "contact_email"}, "key", "has already been taken"),
        ({"key": "Contact score"}, "key", "is invalid"),
        ({"categoryId": "cfc_1"}, "categoryId", "could not be found"),
        ({"type": "DROPDOWN"}, "options", "can't be blank"),
    ],
)
def test_a_field_that_cannot_be(graph: Graph, given: dict[str, Any], path: str, says: str) -> None:
    said = create_field(graph, **given)
    assert said["errors"] == [{"path": [path], "message": says}]
    assert said["customField"] is None


def test_a_category_can_be_created_and_used(graph: Graph, held: Held) -> None:
    shown = "customFieldCategory { id type }"
    given = {"key": "billing", "name": "Billing", "type": "COMPANY"}
    category = graph.do("customFieldCategoryCreate", shown, **given)
    assert category["type"] == "COMPANY"
    create_field(graph, key="company_vat", type="SINGLE_LINE", categoryId=category["id"])
    company = graph.company(company_vat="X1")
    assert held(company) == {"company_vat": "X1"}
    again = graph.do("customFieldCategoryCreate", shown, **given)
    assert again["errors"] == [{"path": ["key"], "message": "has already been taken"}]


def test_an_unknown_type_is_no_business_error(graph: Graph) -> None:
    given = {"key": "billing", "name": "Billing", "type": "PERSON"}
    query = """mutation($input: CustomFieldCategoryCreateInput!) {
      customFieldCategoryCreate(input: $input) { errors { message } } }"""
    assert "PERSON" in graph.refused(query, {"input": given})


def test_reset_brings_back_the_fields_of_a_new_account(graph: Graph, sandbox: Sandbox) -> None:
    before = sandbox.things("custom_fields")
    create_field(graph)
    graph.contact(contact_email="jo@acme.example")
    sandbox.reset()
    assert sandbox.things("custom_fields") == before
    assert sandbox.things("contacts") == []
    assert isinstance(graph.contact(contact_email="jo@acme.example"), str)


def test_a_file_of_before_there_were_contacts_gets_the_fields(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with Sandbox(db=path, seed=False) as old:
        # Something was stored, but no fields: as an earlier version left it.
        service = old._service
        service.desk.add("agents", email="a@sandbox.example", first_name="A", last_name="B")
        blank = blank_customer(service.desk, "Jo@acme.example")
        customer = service.desk.add("customers", **blank)
        service.desk.store.commit()
    with Sandbox(db=path) as new:
        assert new.things("custom_fields")
        assert len(new.things("agents")) == 1
        (contact,) = new.things("contacts")
        assert contact["id"] == f"ct_{customer['id']}"
        assert contact["values"] == {"contact_email": "jo@acme.example"}

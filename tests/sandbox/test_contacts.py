from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox.conftest import Api, Graph

    Held = Callable[[str], dict[str, Any]]

TAKEN = "has already been taken"


def ids(graph: Graph, kind: str, **wanted: Any) -> list[str]:
    name = {"contacts": "ContactFilter", "companies": "CompanyFilter"}[kind]
    query = f"query($f: {name}) {{ {kind}(filter: $f) {{ nodes {{ id }} }} }}"
    return [node["id"] for node in graph.ask(query, f=wanted)[kind]["nodes"]]


def test_a_contact_and_what_can_be_read_of_it(graph: Graph) -> None:
    contact = graph.contact(
        contact_email="Ada@Acme.example", contact_first_name="Ada", contact_last_name="Byron"
    )
    said = graph.ask(
        """query($id: ID!) { contact(id: $id) {
          id email firstName lastName name avatarUrl contactType conversationCount
          createdAt updatedAt companies { totalCount } } }""",
        id=contact,
    )["contact"]
    assert said == {
        "id": contact,
        "email": "ada@acme.example",
        "firstName": "Ada",
        "lastName": "Byron",
        "name": "Ada Byron",
        "avatarUrl": None,
        "contactType": "contact",
        "conversationCount": 0,
        "createdAt": "2026-02-03T10:15:30Z",
        "updatedAt": "2026-02-03T10:15:30Z",
        "companies": {"totalCount": 0},
    }
    assert graph.ask('{ contact(id: "ct_1") { id } company(id: "cmp_1") { id } }') == {
        "contact": None,
        "company": None,
    }


def test_values_are_read_with_their_fields(graph: Graph) -> None:
    contact = graph.contact(contact_interests='["a", "b"]', contact_blog_url="https://x.example")
    graph.update(contact, contact_home_address={"city": "London", "postal_code": 94110})
    query = """query($id: ID!) { contact(id: $id) { customFieldValues { nodes {
      customField { key isArray isUnique type }
      value { __typename ... on Text { content } ... on Link { link text }
              ... on Address { street city postalCode } } } } } }"""
    nodes = graph.ask(query, id=contact)["contact"]["customFieldValues"]["nodes"]
    assert [(it["customField"]["key"], it["value"]) for it in nodes] == [
        ("contact_interests", {"__typename": "Text", "content": "a"}),
        ("contact_interests", {"__typename": "Text", "content": "b"}),
        ("contact_blog_url", {"__typename": "Link", "link": "https://x.example", "text": None}),
        (
            "contact_home_address",
            {"__typename": "Address", "street": None, "city": "London", "postalCode": "94110"},
        ),
    ]
    assert nodes[0]["customField"]["isArray"] is True


def test_contact_type_changes_alone(graph: Graph, sandbox: Sandbox) -> None:
    contact = graph.contact(contact_email="jo@acme.example")
    said = graph.do(
        *("contactUpdate", "contact { contactType }"), contactId=contact, contactType="lead"
    )
    assert said == {"contactType": "lead"}
    assert sandbox.things("contacts")[0]["contact_type"] == "lead"


def test_companies_and_their_contacts(graph: Graph, sandbox: Sandbox) -> None:
    company = graph.company(company_name="Acme", company_domain="Acme.example")
    one, two = graph.contact(contact_first_name="Jo"), graph.contact()
    shown = "company { name domain logoUrl conversationCount contacts { nodes { name } } }"
    for _ in range(2):
        said = graph.do("companyAddContacts", shown, companyId=company, contactIds=[one, two])
    assert said == {
        "name": "Acme",
        "domain": "acme.example",
        "logoUrl": None,
        "conversationCount": 0,
        "contacts": {"nodes": [{"name": "Jo"}, {"name": None}]},
    }
    (shown_company,) = sandbox.things("companies")
    assert shown_company["contacts"] == [one, two]
    assert sandbox.things("contacts")[0]["companies"] == [company]
    for _ in range(2):
        said = graph.do("companyRemoveContacts", shown, companyId=company, contactIds=[one])
    assert said["contacts"] == {"nodes": [{"name": None}]}
    assert graph.do("contactDelete", "deletedContactId", contactId=two) == two
    assert sandbox.things("companies")[0]["contacts"] == []
    assert graph.do("companyDelete", "deletedCompanyId", companyId=company) == company
    assert sandbox.things("companies") == []


@pytest.mark.parametrize(
    "mutation, shown, given",
    [
        ("contactUpdate", "contact { id }", {"contactId": "ct_1", "contactType": "lead"}),
        ("contactDelete", "deletedContactId", {"contactId": "1"}),
        ("companyDelete", "deletedCompanyId", {"companyId": "cmp_1"}),
        ("companyAddContacts", "company { id }", {"companyId": "x", "contactIds": []}),
        ("customFieldValuesUpdate", "subject { __typename }", {"subjectId": "ct_1"}),
    ],
)
def test_an_unknown_id_is_an_error_in_the_payload(
    graph: Graph, mutation: str, shown: str, given: dict[str, Any]
) -> None:
    said = graph.do(mutation, shown, **given)
    assert said["errors"] == [{"path": [next(iter(given))], "message": "could not be found"}]
    assert said[shown.split(maxsplit=1)[0]] is None


def test_nobody_is_added_if_one_is_unknown(graph: Graph, sandbox: Sandbox) -> None:
    company, contact = graph.company(), graph.contact()
    said = graph.do(
        *("companyAddContacts", "company { id }"),
        companyId=company,
        contactIds=[contact, "ct_1"],
    )
    assert said["errors"] == [{"path": ["contactIds", "1"], "message": "could not be found"}]
    assert sandbox.things("companies")[0]["contacts"] == []


@pytest.mark.parametrize("spelled", ["jo@acme.example", "JO@Acme.EXAMPLE"])
def test_an_address_belongs_to_one_contact(graph: Graph, held: Held, spelled: str) -> None:
    one = graph.contact(contact_email="Jo@acme.example", contact_secondary_emails="jo@b.example")
    said = graph.contact(contact_email=spelled)
    assert said["errors"] == [{"path": ["customFields", "0", "value"], "message": TAKEN}]
    assert said["contact"] is None
    two = graph.contact(contact_twitter="jo")
    assert graph.update(two, contact_email=spelled) == {"customFieldList.0.value": TAKEN}
    assert graph.update(two, contact_secondary_emails=["x@y.example", "jo@B.example"])
    assert graph.update(one, contact_email="jo@b.example", contact_first_name="Jo") == {}
    assert graph.update(two, contact_secondary_emails=spelled) == {}
    assert held(two)["contact_secondary_emails"] == ["jo@acme.example"]


def test_a_value_is_free_again_once_its_owner_is_gone(graph: Graph) -> None:
    one = graph.contact(contact_twitter="jo", contact_user_id="7")
    graph.do("contactDelete", "deletedContactId", contactId=one)
    assert isinstance(graph.contact(contact_twitter="jo", contact_user_id="7"), str)


def test_an_update_is_all_or_nothing(graph: Graph, held: Held) -> None:
    contact = graph.contact(contact_first_name="Jo")
    complaints = graph.update(
        contact, contact_first_name="Kim", contact_dob="soon", company_name="x", nothing=1
    )
    assert complaints == {
        "customFieldList.1.value": "is not a valid date",
        "customFieldList.2.customFieldIdOrKey": "could not be found",
        "customFieldList.3.customFieldIdOrKey": "could not be found",
    }
    assert held(contact) == {"contact_first_name": "Jo"}


def test_a_create_takes_ids_and_no_keys(graph: Graph, sandbox: Sandbox) -> None:
    given = [
        {"customFieldId": "contact_email", "value": "jo@acme.example"},
        {"customFieldId": graph.field_id("company_name"), "value": "Acme"},
    ]
    said = graph.do("contactCreate", "contact { id }", contactType="contact", customFields=given)
    assert [error["path"][1] for error in said["errors"]] == ["0", "1"]
    assert sandbox.things("contacts") == []


def test_lists_are_replaced_or_added_to(graph: Graph, held: Held) -> None:
    contact = graph.contact()
    key = "contact_interests"
    graph.update(contact, contact_interests="a")
    graph.update(contact, {"customFieldIdOrKey": graph.field_id(key), "value": "b"})
    graph.update(contact, contact_interests="a")
    assert held(contact)[key] == ["a", "b"]
    graph.update(contact, contact_interests=["c", "d", "c"])
    assert held(contact)[key] == ["c", "d"]
    graph.update(contact, {"customFieldIdOrKey": key, "value": "c", "remove": True})
    assert held(contact)[key] == ["d"]
    graph.update(contact, {"customFieldIdOrKey": key, "value": "d", "remove": True})
    assert held(contact) == {}
    graph.update(contact, {"customFieldIdOrKey": key, "value": "d", "remove": True})
    graph.update(contact, contact_interests=["a"], contact_role="CEO")
    graph.update(
        contact, {"customFieldIdOrKey": "contact_role", "remove": True}, contact_interests=[]
    )
    assert held(contact) == {}


def test_several_inputs_fill_a_list_when_created(graph: Graph, held: Held) -> None:
    field = graph.field_id("contact_interests")
    given = [{"customFieldId": field, "value": value} for value in ("a", "b", "a")]
    said = graph.do("contactCreate", "contact { id }", contactType="lead", customFields=given)
    assert held(said["id"]) == {"contact_interests": ["a", "b"]}


def test_the_bulk_update_drops_what_is_wrong(graph: Graph, held: Held) -> None:
    one = graph.contact(contact_email="jo@acme.example")
    two, company = graph.contact(), graph.company()
    wrong: dict[str, Any] = {
        "contact_email": "JO@acme.example",
        "nothing": 1,
        "contact_dob": "soon",
    }
    jid = graph.bulk(
        **{
            two: {**wrong, "contact_role": "CEO"},
            "ct_1": {"contact_role": "CEO"},
            company: {"company_name": "Acme", "contact_role": "CEO"},
            one: {"contact_email": None},
        }
    )
    assert len(jid) == 24
    assert held(two) == {"contact_role": "CEO"}
    assert held(company) == {"company_name": "Acme"}
    assert held(one) == {}


def test_filters_of_contacts(graph: Graph) -> None:
    one = graph.contact(
        contact_email="ada@acme.example",
        contact_secondary_emails="ada@home.example",
        contact_first_name="Ada",
        contact_last_name="Byron",
        contact_facebook="ada.fb",
        contact_twitter="ada",
        contact_linkedin="ada-li",
        contact_user_id="U7",
        contact_blog_url="https://engines.example",
    )
    two = graph.contact(contact_email="kim@acme.example", contact_interests="Engines")
    assert ids(graph, "contacts") == [one, two]
    for wanted in (
        {"email": "ADA@acme.example"},
        {"email": " ada@HOME.example"},
        {"facebook": "ada.fb"},
        {"twitter": "ada"},
        {"linkedin": "ada-li"},
        {"customHandle": "U7"},
        {"search": "ada byron"},
        {"search": "home.example"},
        {"email": "ada@acme.example", "twitter": "ada", "search": "Byron"},
    ):
        assert ids(graph, "contacts", **wanted) == [one]
    for wanted in (
        {"email": "nobody@acme.example"},
        {"email": "kim@acme.example", "twitter": "ada"},
        {"email": "kim@acme.example", "search": "byron"},
        {"customHandle": "ada"},
    ):
        assert ids(graph, "contacts", **wanted) == []
    assert ids(graph, "contacts", search="engines") == [one, two]


def test_filters_of_companies(graph: Graph) -> None:
    one = graph.company(
        company_name="Acme", company_domain="acme.example", company_secondary_domains="a.example"
    )
    graph.company(company_name="Other")
    for wanted in ({"domain": "ACME.example"}, {"domain": "a.example"}, {"search": "acme"}):
        assert ids(graph, "companies", **wanted) == [one]
    assert ids(graph, "companies", domain="b.example") == []


def test_pages(graph: Graph) -> None:
    for number in range(53):
        graph.contact(contact_first_name=f"N{number}")
    shown = "nodes { firstName } edges { cursor node { firstName } } pageInfo { endCursor "
    shown += "startCursor hasNextPage hasPreviousPage } totalCount totalPageCount"

    def page(**args: Any) -> dict[str, Any]:
        said = ", ".join(f"{name}: {json.dumps(value)}" for name, value in args.items())
        given = f"({said})" if said else ""
        found: dict[str, Any] = graph.ask(f"{{ contacts{given} {{ {shown} }} }}")["contacts"]
        return found

    def names(found: dict[str, Any]) -> list[str]:
        assert [edge["node"] for edge in found["edges"]] == found["nodes"]
        return [node["firstName"] for node in found["nodes"]]

    first = page(first=500)
    assert len(names(first)) == len(names(page())) == 50
    assert (first["totalCount"], first["totalPageCount"]) == (53, 2)
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    rest = page(after=first["pageInfo"]["endCursor"])
    assert names(rest) == ["N50", "N51", "N52"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert names(page(last=2)) == ["N51", "N52"]
    assert names(page(last=2, before=rest["pageInfo"]["startCursor"])) == ["N48", "N49"]
    assert names(page(first=3, last=1)) == ["N2"]
    assert page(first=0)["pageInfo"]["endCursor"] is None
    for wrong in ({"first": -1}, {"after": "x"}, {"before": "!"}):
        ((name, value),) = wrong.items()
        answer = graph.post(f"{{ contacts({name}: {json.dumps(value)}) {{ totalCount }} }}")
        assert name in answer.json()["errors"][0]["message"]


def test_a_page_of_filtered_things(graph: Graph) -> None:
    for number in range(3):
        graph.contact(contact_first_name=f"N{number}", contact_role="CEO")
    said = graph.ask(
        '{ contacts(first: 2, filter: {search: "ceo"}) { totalCount totalPageCount } }'
    )
    assert said["contacts"] == {"totalCount": 3, "totalPageCount": 2}


def test_a_file_keeps_contacts_and_what_identifies_them(
    tmp_path: Path, graph_of: Callable[[Sandbox], Graph]
) -> None:
    path = tmp_path / "sandbox.db"
    with Sandbox(db=path) as first:
        graph = graph_of(first)
        contact = graph.contact(contact_email="jo@acme.example")
        company = graph.company(company_name="Acme")
        graph.do(*("companyAddContacts", "company { id }"), companyId=company, contactIds=[contact])
    with Sandbox(db=path) as second:
        assert graph_of(second).contact(contact_email="jo@acme.example")["errors"]
        assert second.things("companies")[0]["contacts"] == [contact]


def test_a_customer_of_rest_is_a_contact(api: Api, graph: Graph, held: Held) -> None:
    api.ticket(**{"from": {"email": "Jo@acme.example", "name": "Jo Ann Doe"}})
    (contact,) = ids(graph, "contacts", email="jo@acme.example")
    assert held(contact) == {
        "contact_email": "jo@acme.example",
        "contact_first_name": "Jo",
        "contact_last_name": "Ann Doe",
    }
    assert contact.endswith(api.get("/customers/jo@acme.example").json()["customer"]["id"])
    said = graph.ask(f'{{ contact(id: "{contact}") {{ conversationCount }} }}')
    assert said["contact"] == {"conversationCount": 1}
    api.put("/customers/jo@acme.example", {"phone_number": "123"})
    api.put("/customers/jo@acme.example", {"about": "x"})
    assert held(contact)["contact_phone_number"] == "123"
    company = graph.company()
    graph.do(*("companyAddContacts", "company { id }"), companyId=company, contactIds=[contact])
    said = graph.ask(f'{{ company(id: "{company}") {{ conversationCount }} }}')
    assert said["company"] == {"conversationCount": 1}


def test_a_contact_with_an_address_is_a_customer_of_rest(api: Api, graph: Graph) -> None:
    contact = graph.contact(contact_user_id="7")
    assert api.get("/customers").json()["customers"] == []
    graph.update(contact, contact_secondary_emails=["jo@home.example"], contact_first_name="Jo")
    graph.update(contact, contact_email="jo@acme.example", contact_role="CEO")
    for address in ("jo@acme.example", "jo@home.example"):
        customer = api.get(f"/customers/{address}").json()["customer"]
        assert (customer["email"], customer["name"]) == ("jo@acme.example", "Jo")
    api.ticket(**{"from": "JO@home.example"})
    assert len(api.get("/customers").json()["customers"]) == 1


def test_a_deleted_contact_leaves_the_customer_and_comes_back(api: Api, graph: Graph) -> None:
    api.ticket(**{"from": "jo@acme.example"})
    (contact,) = ids(graph, "contacts")
    graph.do("contactDelete", "deletedContactId", contactId=contact)
    assert api.get("/customers/jo@acme.example").status_code == 200
    assert graph.contact(contact_email="jo@acme.example") == contact


def test_without_a_seed_there_are_no_fields(graph_of: Callable[[Sandbox], Graph]) -> None:
    with Sandbox(seed=False) as empty:
        graph = graph_of(empty)
        graph.api.ticket()
        said = graph.ask(
            "{ contacts { nodes { customFieldValues { totalCount } } } "
            "customFields { totalCount } customFieldCategories { totalCount } }"
        )
    assert said == {
        "contacts": {"nodes": [{"customFieldValues": {"totalCount": 0}}]},
        "customFields": {"totalCount": 0},
        "customFieldCategories": {"totalCount": 0},
    }

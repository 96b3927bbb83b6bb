from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from graphql import build_client_schema, get_introspection_query, print_schema

from target_groove.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api, Clock, Graph

PING = {"query": "{ ping }"}


def test_account_and_ping(graph: Graph) -> None:
    said = graph.ask("{ ping account { id subdomain state } }")
    assert said["ping"] == "pong"
    assert said["account"]["subdomain"] == "sandbox"


def test_a_token_is_needed(sandbox: Sandbox) -> None:
    assert requests.post(sandbox.graphql_url, json=PING, timeout=10).status_code == 401


def test_only_post(api: Api, sandbox: Sandbox) -> None:
    answer = api.get(sandbox.graphql_url)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "query, says",
    [
        ("{ nothing }", "Cannot query field 'nothing'"),
        ("{ ping", "Syntax Error"),
        ("", "No query string"),
        (None, "No query string"),
        ("query A { ping } query B { ping }", "operation name"),
        ("{ contacts(filter: {colour: 1}) { totalCount } }", "colour"),
        ("mutation { contactCreate(input: {}) { clientMutationId } }", "contactType"),
        ("query($n: Int!) { contacts(first: $n) { totalCount } }", "$n"),
    ],
)
def test_what_is_invalid_is_said_with_200_and_without_data(
    graph: Graph, query: Any, says: str
) -> None:
    assert says in graph.refused(query)


def test_wrong_variables_are_said_with_200(graph: Graph) -> None:
    query = "query($n: Int!) { contacts(first: $n) { totalCount } }"
    assert "'$n'" in graph.refused(query, {"n": "many"})
    assert "must be an object" in graph.refused(query, [1])


def test_a_document_with_several_operations_needs_a_name(graph: Graph) -> None:
    answer = graph.post("query A { ping } query B { a: ping }", operationName="B")
    assert answer.json() == {"data": {"a": "pong"}}


@pytest.mark.parametrize("body, status", [(b"{", 400), (b"[]", 422)])
def test_a_body_that_is_no_object(api: Api, sandbox: Sandbox, body: bytes, status: int) -> None:
    answer = api.call("POST", sandbox.graphql_url, data=body)
    assert answer.status_code == status


def test_introspection_gives_the_schema(graph: Graph) -> None:
    schema = build_client_schema(graph.ask(get_introspection_query()))  # type: ignore[arg-type]
    text = print_schema(schema)
    assert "customFieldValuesBulkUpdate(" in text
    assert "union Value = Address | IpAddress | Link | Session | Text | UserAgent" in text


def names_of(graph: Graph, kind: str) -> set[str]:
    said = graph.ask(f'{{ __type(name: "{kind}") {{ fields {{ name }} }} }}')["__type"]
    return set() if said is None else {field["name"] for field in said["fields"]}


def test_a_token_may_see_nothing_of_the_crm(graph: Graph, sandbox: Sandbox) -> None:
    sandbox.configure(graphql="no_crm")
    assert names_of(graph, "Query") == {"account", "ping"}
    assert names_of(graph, "Contact") == names_of(graph, "Mutation") == set()
    assert graph.ask("{ ping }") == {"ping": "pong"}
    assert "contacts" in graph.refused("{ contacts { totalCount } }")
    graph.refused('mutation { contactDelete(input: {contactId: "1"}) { deletedContactId } }')


def test_a_token_may_not_create_fields(graph: Graph, sandbox: Sandbox) -> None:
    every = names_of(graph, "Mutation")
    sandbox.configure(graphql="no_field_creation")
    gone = every - names_of(graph, "Mutation")
    assert gone == {"customFieldCreate", "customFieldCategoryCreate"}


def test_the_bulk_update_may_have_its_other_name(graph: Graph, sandbox: Sandbox) -> None:
    sandbox.configure(graphql="bulk_renamed")
    assert "customFieldValuesBulkUpdate" not in names_of(graph, "Mutation")
    assert graph.do("customFieldBulkUpdate", "jid", items=[])


def test_graphql_may_be_missing(graph: Graph, api: Api) -> None:
    api.sandbox.configure(graphql="off")
    assert graph.post("{ ping }").status_code == 404
    assert api.get("/me").status_code == 200


def test_access_is_an_option_of_the_start() -> None:
    with Sandbox(graphql="off") as without:
        url, token = without.graphql_url, {"Authorization": f"Bearer {without.token}"}
        assert requests.post(url, json=PING, headers=token, timeout=10).status_code == 404
    with pytest.raises(ValueError, match="'graphql' must be one of full"):
        Sandbox(graphql="some")


def test_aliased_mutations_run_in_order_and_each_has_its_errors(graph: Graph) -> None:
    email, name = graph.field_id("contact_email"), graph.field_id("company_name")
    said = graph.ask(
        f"""mutation($who: ContactCreateInput!) {{
          a: contactCreate(input: $who) {{ contact {{ email }} errors {{ path message }} }}
          b: contactCreate(input: $who) {{ contact {{ email }} errors {{ path message }} }}
          c: companyCreate(input: {{customFields: [{{customFieldId: "{name}", value: "Acme"}}]}})
            {{ company {{ name }} errors {{ message }} }}
          d: contactCreate(input: {{contactType: lead, clientMutationId: "mine"}})
            {{ contact {{ contactType }} clientMutationId }}
        }}""",
        who={
            "contactType": "contact",
            "customFields": [{"customFieldId": email, "value": "jo@acme.example"}],
        },
    )
    assert said == {
        "a": {"contact": {"email": "jo@acme.example"}, "errors": []},
        "b": {
            "contact": None,
            "errors": [
                {"path": ["customFields", "0", "value"], "message": "has already been taken"}
            ],
        },
        "c": {"company": {"name": "Acme"}, "errors": []},
        "d": {"contact": {"contactType": "lead"}, "clientMutationId": "mine"},
    }


def test_a_mistake_of_the_sandbox_does_not_look_like_an_answer_of_groove(
    graph: Graph, sandbox: Sandbox
) -> None:
    service = sandbox._service
    service.desk.store.put("contacts", {"id": "1"})
    assert graph.post("{ contacts { nodes { id } } }").status_code == 500
    assert graph.post("{ ping }").status_code == 200


def test_a_document_counts_as_one_request(graph: Graph, sandbox: Sandbox) -> None:
    sandbox.configure(requests_per_minute=2)
    assert graph.post("{ a: ping b: ping c: ping }").status_code == 200
    assert graph.post("{ ping }").status_code == 200
    answer = graph.post("{ ping }")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_an_answer_can_be_lost_after_the_call_took_effect(graph: Graph, sandbox: Sandbox) -> None:
    graph.field_id("contact_email")
    sandbox.faults([{"action": "reset_after", "body": "contactCreate", "times": 1}])
    with pytest.raises(requests.ConnectionError):
        graph.contact(contact_email="jo@acme.example")
    assert len(sandbox.things("contacts")) == 1
    sandbox.faults([{"action": "status", "status": 503, "path": "/v2/graphql"}])
    assert graph.post("{ ping }").status_code == 503


def test_the_log_says_what_was_asked_and_answered(graph: Graph, sandbox: Sandbox) -> None:
    graph.ask("query Twice($n: Int) { ping other: ping contacts(first: $n) { totalCount } }", n=1)
    shown = sandbox.log()[0]["graphql"]
    query = shown.pop("query")
    assert query.splitlines()[:3] == ["query Twice($n: Int) {", "  ping", "  other: ping"]
    assert shown == {
        "operations": [
            {
                "type": "query",
                "name": "Twice",
                "fields": [
                    {"alias": "ping", "field": "ping"},
                    {"alias": "other", "field": "ping"},
                    {"alias": "contacts", "field": "contacts"},
                ],
            }
        ],
        "variables": {"n": 1},
        "answer": {"data": {"ping": "pong", "other": "pong", "contacts": {"totalCount": 0}}},
    }


def test_the_log_takes_any_body(api: Api, graph: Graph, sandbox: Sandbox) -> None:
    graph.post("{ ping")
    api.call("POST", sandbox.graphql_url, data=b"{")
    api.call("POST", sandbox.graphql_url, data=b"[]")
    api.get("/me")
    broken, no_json, no_object, rest = (entry["graphql"] for entry in sandbox.log())
    assert (broken["query"], broken["operations"]) == ("{ ping", [])
    assert (no_json["query"], no_object["query"]) == ("", "")
    assert rest is None


def test_bulk_updates_come_into_force_when_their_time_has_come(
    graph: Graph, sandbox: Sandbox, clock: Clock
) -> None:
    one, two = graph.contact(), graph.contact()
    sandbox.configure(bulk_seconds=30)
    assert graph.bulk(**{one: {"contact_role": "CEO"}}) != graph.bulk(
        **{two: {"contact_role": "CTO"}}
    )
    assert [it["values"] for it in sandbox.things("contacts")] == [{}, {}]
    clock.advance(30)
    roles = [it["values"]["contact_role"] for it in sandbox.things("contacts")]
    assert roles == ["CEO", "CTO"]

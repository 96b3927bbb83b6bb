"""Reading routes: what they may say, and the sentence for each mistake."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.request import Content
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.webhooks import EVENTS
from target_groove.errors import ConfigurationError
from target_groove.route_reading import read_routes
from target_groove.routes import ROUTE_KEYS
from target_groove.settings import read_settings
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.routes import Route, Routes
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

SECRET = "s3cr3t-token-value"
CUSTOM = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/x"}


def routes_of(*streams: dict[Any, Any], **settings: Any) -> Routes:
    """Read these routes."""
    return read_routes(read_settings({"api_token": SECRET, "streams": list(streams), **settings}))


def route_of(spec: dict[str, Any], **settings: Any) -> Route:
    """Read one route."""
    return routes_of(spec, **settings).routes[0]


def problems_of(*streams: dict[Any, Any]) -> list[str]:
    """The sentences about these routes."""
    with pytest.raises(ConfigurationError) as caught:
        routes_of(*streams)
    assert SECRET not in str(caught.value)
    return list(caught.value.problems)


def test_the_first_route_that_matches_wins() -> None:
    routes = routes_of(
        {"stream": "crm-tickets", "endpoint": "create_ticket"},
        {"stream": "crm-*", "endpoint": "create_message"},
        {"stream": "update_customer", "endpoint": "create_widget"},
    )
    found = {
        name: route and route.template.id
        for name in ("crm-tickets", "crm-notes", "crm", "update_customer", "create_group", "x")
        for route in [routes.for_stream(name)]
    }
    assert found == {
        "crm-tickets": "create_ticket",
        "crm-notes": "create_message",
        "crm": None,
        "update_customer": "create_widget",
        "create_group": "create_group",
        "x": None,
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_stream_named_like_a_template_needs_no_route(template: str) -> None:
    found = routes_of().for_stream(template)
    assert found
    assert found.template is TEMPLATES[template]


def test_a_stream_named_like_a_template_takes_the_settings_of_the_run() -> None:
    found = routes_of(
        unknown_fields="send", on_error="dead_letter", exclude_attributes=["a"]
    ).for_stream("create_ticket")
    assert found
    assert (found.drop_unknown, found.dead_letters, found.exclude) == (False, True, ("a",))


def test_a_route_overrides_the_settings_of_the_run() -> None:
    route = route_of(
        {
            "stream": "s",
            "endpoint": "create_ticket",
            "unknown_fields": "drop",
            "on_error": "fail",
            "exclude": ["b"],
        },
        unknown_fields="send",
        on_error="dead_letter",
        exclude_attributes=["a"],
    )
    assert (route.drop_unknown, route.dead_letters, route.exclude) == (True, False, ("a", "b"))


def test_null_in_a_route_counts_as_absent() -> None:
    nulls = dict.fromkeys(ROUTE_KEYS)
    assert route_of({**nulls, "stream": "s", "endpoint": "create_ticket"}) == route_of(
        {"stream": "s", "endpoint": "create_ticket"}
    )


def test_method_and_url_of_a_template_can_be_corrected() -> None:
    route = route_of(
        {
            "stream": "s",
            "endpoint": "publish_article",
            "method": "post",
            "url": "/kb/{knowledge_base_id}/pages/{article_id}/{how}",
        }
    )
    template = route.template
    assert (template.method, template.path) == (
        "POST",
        "/kb/{knowledge_base_id}/pages/{article_id}/{how}",
    )
    assert [each.name for each in template.path_params] == [
        "knowledge_base_id",
        "article_id",
        "how",
    ]
    assert template.path_params[0].synonyms == ("kb_id",)
    assert TEMPLATES["publish_article"].method == "PUT"


@pytest.mark.parametrize(
    "spec,content", [({}, Content.JSON), ({"content_format": "form"}, Content.FORM)]
)
def test_content_of_a_custom_route(spec: dict[str, str], content: Content) -> None:
    assert route_of({**CUSTOM, **spec}).template.content is content


@pytest.mark.parametrize(
    "method,repeatable",
    [("post", False), ("PUT", True), ("PATCH", False), ("delete", True), ("GET", True)],
)
def test_methods_of_a_custom_route(method: str, repeatable: bool) -> None:  # noqa: FBT001
    template = route_of({**CUSTOM, "method": method}).template
    assert (template.method, template.repeatable) == (method.upper(), repeatable)


OTHER_HOST = "the token goes to https://api.groovehq.com/v1 only, so name a path such as /tickets."
NOT_IN_A_URL = "spaces, control characters and # cannot be in it."
WRONG: list[tuple[dict[Any, Any], str]] = [
    ({"stream": None}, "streams[0]: stream is missing."),
    ({"stream": 5}, "streams[0]: stream must be text."),
    ({"stream": ""}, "streams[0] (): stream must be text."),
    ({"endpoint": None}, "endpoint is missing."),
    ({"endpoint": ["x"]}, "endpoint must be text."),
    (
        {"endpoint": "create_tickets"},
        "There is no endpoint 'create_tickets'; did you mean create_ticket?",
    ),
    ({"endpoint": "qqq"}, "There is no endpoint 'qqq'."),
    ({"feilds": {}}, "There is no key 'feilds'; did you mean fields?"),
    ({"zzz": 1}, "There is no key 'zzz'."),
    ({5: 1}, "There is no key 5."),
    ({"method": None}, "method is missing."),
    ({"method": "SEND"}, "method is 'SEND'; allowed are POST, PUT, PATCH, DELETE, GET."),
    ({"method": 1}, "method must be text."),
    ({"url": None}, "url is missing."),
    ({"url": "tickets"}, "url is 'tickets'; a path begins with /."),
    ({"url": "https://evil.example/v1/x"}, f"url is 'https://evil.example/v1/x'; {OTHER_HOST}"),
    ({"url": "http://api.groovehq.com/x"}, f"url is 'http://api.groovehq.com/x'; {OTHER_HOST}"),
    ({"url": "//evil.example/x"}, f"url is '//evil.example/x'; {OTHER_HOST}"),
    (
        {"url": "https://api.groovehq.com@evil.example/x"},
        f"url is 'https://api.groovehq.com@evil.example/x'; {OTHER_HOST}",
    ),
    (
        {"url": "https://api.groovehq.com{x}/x"},
        f"url is 'https://api.groovehq.com{{x}}/x'; {OTHER_HOST}",
    ),
    ({"url": "https://[x/y"}, "url is 'https://[x/y'; it cannot be read as an address."),
    ({"url": "/x#y"}, f"url is '/x#y'; {NOT_IN_A_URL}"),
    ({"url": "/x y"}, f"url is '/x y'; {NOT_IN_A_URL}"),
    ({"url": "/x\ny"}, f"url is '/x\\ny'; {NOT_IN_A_URL}"),
    (
        {"url": "/x?a=1&access_token=s3cr3t-token-value"},
        (
            "url has the parameter access_token; leave it out, the token goes into the header "
            "by itself."
        ),
    ),
    (
        {"url": "https://evil.example/x?API-Key=s3cr3t-token-value"},
        "url has the parameter API-Key; leave it out, the token goes into the header by itself.",
    ),
    (
        {"batch": {"grouping": "keyed", "key_field": "id"}, "exclude": ["id"]},
        (
            "batch.key_field names id, which exclude or exclude_attributes leaves out, "
            "all or a part of it; take it from one of the two."
        ),
    ),
    (
        {
            "batch": {"grouping": "grouped", "group_by": ["team"], "key": "k"},
            "exclude": ["team"],
        },
        (
            "batch.group_by names team, which exclude or exclude_attributes leaves out, "
            "all or a part of it; take it from one of the two."
        ),
    ),
    ({"on_error": Decimal("1.5")}, "on_error is 1.5; allowed are fail, dead_letter."),
    ({"content_format": "xml"}, "content_format is 'xml'; allowed are json, form."),
    ({"content_format": ["x"]}, "content_format is ['x']; allowed are json, form."),
    (
        {"endpoint": "create_ticket", "method": None, "url": None, "content_format": "form"},
        "content_format is for endpoint custom only.",
    ),
    (
        {"headers": {"Authorization": "Bearer x"}},
        "headers.Authorization is set by target-groove itself; leave it out.",
    ),
    (
        {"headers": {"content-TYPE": "text/plain"}},
        "headers.content-TYPE is set by target-groove itself; leave it out.",
    ),
    ({"headers": {"Host": "x"}}, "headers.Host is set by target-groove itself; leave it out."),
    ({"headers": {"X A": "x"}}, "headers.X A is no name of a header."),
    ({"headers": {"": "x"}}, "headers. is no name of a header."),
    ({"headers": {5: "x"}}, "headers must be an object whose names are text."),
    ({"headers": {"X-A": "x\r\nX-B: y"}}, "headers.X-A must be plain text in one line."),
    ({"headers": {"X-A": "é"}}, "headers.X-A must be plain text in one line."),
    ({"headers": {"X-A": 5}}, "headers.X-A must be plain text in one line."),
    ({"headers": ["X-A"]}, "headers must be an object."),
    ({"fields": ["a"]}, "fields must be an object."),
    ({"fields": {"a": ""}}, "fields.a is empty; name an attribute or write a Liquid template."),
    ({"fields": {"a": 1}}, "fields.a is the constant 1; constants belong into defaults."),
    (
        {"path_params": {"id": "a"}},
        "path_params.id is no parameter of /x (no parameters).",
    ),
    (
        {"url": "/x/{b}/{a}", "path_params": {"id": "a"}},
        "path_params.id is no parameter of /x/{b}/{a} (a, b).",
    ),
    ({"path_params": []}, "path_params must be an object."),
    ({"defaults": "x"}, "defaults must be an object."),
    ({"exclude": "a"}, "exclude must be a list of names."),
    ({"exclude": [""]}, "exclude must be a list of names."),
    ({"key": [1]}, "key must be a list of names."),
    ({"on_error": "stop"}, "on_error is 'stop'; allowed are fail, dead_letter."),
    ({"unknown_fields": True}, "unknown_fields is True; allowed are drop, send."),
    ({"batch": "array"}, "batch must be an object."),
]


@pytest.mark.parametrize("changes,sentence", WRONG, ids=repr)
def test_a_mistake_is_a_sentence(changes: dict[Any, Any], sentence: str) -> None:
    if not sentence.startswith("streams[0]"):
        sentence = f"streams[0] (s): {sentence}"
    spec = {**CUSTOM, **changes}
    if isinstance(changes.get("endpoint"), str):
        spec = {"stream": "s", **changes}
    assert problems_of(spec) == [sentence]


MAIL = "kim@example.org"
TICKET = {"body": "x", "from": "y", "to": "z"}
NO_FIELD = "is no field of create_ticket; unknown_fields: send would send it all the same."
WRONG_FOR_TEMPLATES: list[tuple[str, dict[str, Any], str]] = [
    *(
        (
            "upsert_contact",
            {key: value},
            f"{key} is not for upsert_contact; set graphql_url instead.",
        )
        for key, value in (("method", "PUT"), ("url", "/graphql"))
    ),
    (
        "create_ticket",
        {"fields": {**TICKET, "boddy": "x"}},
        f"fields.boddy {NO_FIELD}",
    ),
    (
        "create_ticket",
        {"defaults": {"colour": "x"}},
        f"defaults.colour {NO_FIELD}",
    ),
    (
        "create_ticket",
        {"defaults": {"state": "new"}},
        "defaults.state 'new' is none of unread, opened, pending, closed, spam.",
    ),
    (
        "create_ticket",
        {"defaults": {"to": "support"}},
        "defaults.to 'support' is no e-mail address.",
    ),
    (
        "create_ticket",
        {"fields": {"body": "x", "to": "y"}},
        "create_ticket needs from; add it to fields or defaults.",
    ),
    (
        "create_ticket",
        {"fields": {"body": "x", "from": "y"}},
        "create_ticket needs to or mailbox; add one to fields or defaults, and do not exclude it.",
    ),
    (
        "create_ticket",
        {"exclude": ["to", "mail*"]},
        "create_ticket needs to or mailbox; add one to fields or defaults, and do not exclude it.",
    ),
    (
        "upload_attachment",
        {"fields": {"filename": "x"}},
        (
            "upload_attachment needs content or path; "
            "add one to fields or defaults, and do not exclude it."
        ),
    ),
    (
        "update_ticket_assigned_group",
        {"fields": {"group_id": "team"}, "exclude": ["group_id"]},
        "update_ticket_assigned_group needs group; add it to fields or defaults.",
    ),
    (
        "create_group",
        {"batch": {"grouping": "grouped", "group_by": ["team"]}},
        "create_group needs name; add it to batch.group_by.",
    ),
    (
        "create_ticket",
        {"exclude": ["bo*"]},
        "exclude leaves out body, which create_ticket needs.",
    ),
    (
        "create_webhook",
        {"defaults": {"event": ["ticket_started", "x"]}},
        f"defaults.event 'x' is none of {', '.join(EVENTS)}.",
    ),
    (
        "create_article",
        {"url": "/kb/1/articles"},
        (
            "url lacks {knowledge_base_id}, which PUT "
            "/kb/{knowledge_base_id}/articles/{new_id}/publish needs when state is published; "
            "add it, or exclude state."
        ),
    ),
    (
        "upsert_article",
        {"url": "/kb/1/articles", "exclude": ["state"]},
        (
            "url lacks {knowledge_base_id}, which PUT "
            "/kb/{knowledge_base_id}/articles/{article_id} needs when a record changes; add it, or "
            "set load_method to append-only."
        ),
    ),
    (
        "create_ticket",
        {"method": "get"},
        "method is 'GET'; create_ticket writes, and GET is for custom only.",
    ),
    (
        "add_ticket_tags",
        {
            "batch": {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag.name"},
            "exclude": ["tag"],
        },
        (
            "batch.collect names tag.name, which exclude or exclude_attributes leaves out, "
            "all or a part of it; take it from one of the two."
        ),
    ),
    ("create_ticket", {"exclude": ["body"]}, "exclude leaves out body, which create_ticket needs."),
    (
        "update_ticket_state",
        {"path_params": {"number": "x"}},
        "path_params.number is no parameter of /tickets/{ticket_number}/state (ticket_number).",
    ),
]


@pytest.mark.parametrize("template,changes,sentence", WRONG_FOR_TEMPLATES)
def test_a_mistake_about_a_template_is_a_sentence(
    template: str, changes: dict[str, Any], sentence: str
) -> None:
    spec = {"stream": "s", "endpoint": template, **changes}
    assert problems_of(spec) == [f"streams[0] (s): {sentence}"]


@pytest.mark.parametrize(
    "template,changes",
    [
        ("create_ticket", {"fields": {**TICKET, "agent_id": "x"}}),
        ("create_ticket", {"fields": {**TICKET, "x": "y"}, "unknown_fields": "send"}),
        ("create_ticket", {"fields": {"body": "x"}, "defaults": {"from": MAIL, "mailbox": "1"}}),
        ("create_ticket", {"exclude": ["to"]}),
        ("update_ticket_assigned_group", {"fields": {"group_id": "team"}}),
        ("update_customer", {"fields": {"name": "b"}, "exclude": ["email"]}),
        ("add_ticket_tags", {"batch": {"grouping": "grouped", "group_by": ["ticket_number"]}}),
        ("create_group", {"batch": {"grouping": "grouped", "group_by": ["name"]}}),
        ("create_article", {"url": "/kb/1/articles", "exclude": ["state"]}),
        ("create_article", {"url": "/kb/1/articles", "fields": {"title": "x"}}),
        (
            "upsert_article",
            {"url": "/kb/1/articles", "exclude": ["state"], "load_method": "append-only"},
        ),
        ("upsert_ticket", {"defaults": {"state": "open", "priority": "low"}}),
        ("create_ticket", {"defaults": {"state": "open", "tags": "a", "starred": "yes"}}),
        ("create_webhook", {"defaults": {"event": ["ticket_started"], "webhook_url": "x"}}),
        ("create_webhook", {"fields": {"event_types": "x", "webhook_url": "y"}}),
        ("update_widget_settings", {"defaults": {"contact": {"enabled": True}, "widget_id": 1}}),
        ("update_knowledge_base", {"fields": {"anything": "x"}}),
        ("create_message", {"path_params": {"ticket_number": "{{ a }}"}}),
        ("update_customer", {"fields": {"customer_email": "a", "name": "b"}}),
    ],
)
def test_what_a_route_to_a_template_may_say(template: str, changes: dict[str, Any]) -> None:
    assert route_of({"stream": "s", "endpoint": template, **changes}).template.id == template


def test_all_mistakes_of_all_routes_are_said_at_once(run: Run, sandbox: Sandbox) -> None:
    streams = [
        {"stream": "a", "endpoint": "create_tiket", "keys": ["id"]},
        {"stream": "b", "endpoint": "create_ticket"},
        {
            "endpoint": "custom",
            "method": "X",
            "url": "x",
            "headers": {"Authorization": "x"},
            "on_error": 1,
        },
    ]
    result = run({"streams": streams, "batch_size_rows": 5}, records("b", {}))
    assert result.exit_code == 2
    assert result.problems == [
        "streams[0] (a): There is no key 'keys'; did you mean key?",
        "streams[0] (a): There is no endpoint 'create_tiket'; did you mean create_ticket?",
        "streams[2]: stream is missing.",
        "streams[2]: method is 'X'; allowed are POST, PUT, PATCH, DELETE, GET.",
        "streams[2]: url is 'x'; a path begins with /.",
    ]
    assert sandbox.log() == []


@pytest.mark.parametrize(
    "method,repeatable", [("PUT", True), ("POST", False), ("patch", False), ("DELETE", True)]
)
def test_another_method_may_create_a_second_thing(
    method: str,
    repeatable: bool,  # noqa: FBT001
) -> None:
    route = route_of({"stream": "s", "endpoint": "update_group", "method": method})
    assert route.template.repeatable is repeatable


def test_the_same_method_changes_nothing() -> None:
    route = route_of({"stream": "s", "endpoint": "add_ticket_tags", "method": "POST"})
    assert route.template.repeatable is TEMPLATES["add_ticket_tags"].repeatable


def test_what_is_a_path_parameter_may_group_although_it_is_excluded() -> None:
    batch = {"grouping": "grouped", "group_by": ["team"], "key": "k", "collect": "x"}
    assert route_of({**CUSTOM, "url": "/x/{team}", "batch": batch, "exclude": ["team"]}).batch


@pytest.mark.parametrize("name", ["keyword", "state", "author", "monkey", "notify"])
def test_harmless_parameters_of_a_query(name: str) -> None:
    assert route_of({**CUSTOM, "url": f"/x?{name}=1"}).template.path == f"/x?{name}=1"


def test_spaces_around_a_header_are_left_out() -> None:
    assert route_of({**CUSTOM, "headers": {"X-A": " a b "}}).headers == {"X-A": "a b"}


@pytest.mark.parametrize(
    "earlier,later,takes_all",
    [
        ("*", "crm-*", True),
        ("crm-*", "crm-tickets", True),
        ("crm-*", "crm-*", True),
        ("s", "s", True),
        ("crm-*", "crm*", False),
        ("crm-tickets", "crm-*", False),
        ("a[b]", "ab", False),
    ],
)
def test_a_route_that_never_matches_names_the_one_before_it(
    earlier: str,
    later: str,
    takes_all: bool,  # noqa: FBT001
) -> None:
    specs = [{**CUSTOM, "stream": name} for name in ("other", earlier, later)]
    if takes_all:
        assert problems_of(*specs) == [
            (
                f"streams[2] ({later}): it never matches, because streams[1] ({earlier}) "
                "takes all of its streams; put it before that one."
            )
        ]
    else:
        assert len(routes_of(*specs).routes) == len(specs) + len(TEMPLATES)

"""The seven shapes on the wire, and when a batch closes."""

from __future__ import annotations

import base64
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.batching import Batcher, Item, shape
from target_groove.delivery.encoding import encode
from target_groove.delivery.request import Content, Source
from target_groove.routes import BatchRule, Grouping
from tests.runs import record, records, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ECHO = {"stream": "s", "endpoint": "custom", "method": "POST", "url": "/echo/s"}
TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}


def writes(sandbox: Sandbox) -> list[tuple[str, Any]]:
    """Path and body of each write that arrived."""
    assert all(each["status"] < 300 for each in sandbox.log()), sandbox.log()
    return [(each["path"].removeprefix("/v1"), each["body"]) for each in sandbox.log()]


def bodies(sandbox: Sandbox) -> list[Any]:
    """The bodies that arrived."""
    return [body for _, body in writes(sandbox)]


def batched(batch: dict[str, Any], **route: Any) -> dict[str, Any]:
    """Settings with one custom route that has a batch."""
    return {"streams": [{**ECHO, **route, "batch": batch}]}


ROWS: list[dict[str, Any]] = [
    {"id": n, "team": "red" if n % 2 else "blue", "tag": f"t{n}"} for n in range(1, 6)
]
R1, R2, R3, R4, R5 = ROWS
SHAPES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "none": ({"grouping": "none"}, [R1, R2, R3, R4, R5]),
    "array": ({"grouping": "array"}, [[R1, R2, R3, R4, R5]]),
    "array of two": ({"grouping": "array", "size": 2}, [[R1, R2], [R3, R4], [R5]]),
    "wrapped": (
        {"grouping": "wrapped", "key": "rows", "size": 3},
        [{"rows": [R1, R2, R3]}, {"rows": [R4, R5]}],
    ),
    "grouped": (
        {"grouping": "grouped", "group_by": ["team"], "key": "rows"},
        [{"team": "red", "rows": [R1, R3, R5]}, {"team": "blue", "rows": [R2, R4]}],
    ),
    "grouped in twos": (
        {"grouping": "grouped", "group_by": ["team"], "key": "rows", "size": 2},
        [
            {"team": "red", "rows": [R1, R3]},
            {"team": "blue", "rows": [R2, R4]},
            {"team": "red", "rows": [R5]},
        ],
    ),
    "grouped, collected": (
        {"grouping": "grouped", "group_by": ["team"], "key": "tags", "collect": "tag"},
        [{"team": "red", "tags": ["t1", "t3", "t5"]}, {"team": "blue", "tags": ["t2", "t4"]}],
    ),
    "keyed": (
        {"grouping": "keyed", "key_field": "id"},
        [{"1": R1, "2": R2, "3": R3, "4": R4, "5": R5}],
    ),
    "merged": ({"grouping": "merged", "group_by": ["team"]}, [R5, R4]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_of_the_contract(name: str, run: Run, sandbox: Sandbox) -> None:
    batch, expected = SHAPES[name]
    result = run(batched(batch), [*records("s", *ROWS), state({"n": 5})])
    assert result.exit_code == 0, result.problems
    assert bodies(sandbox) == expected
    assert f"{len(ROWS)} delivered, 0 rejected, {len(expected)} request" in result.log
    assert result.states == [{"n": 5}]


def test_every_grouping_has_a_shape_here() -> None:
    assert {batch["grouping"] for batch, _ in SHAPES.values()} | {"ndjson"} == set(Grouping)


def test_ndjson_is_one_document_a_line(run: Run, sandbox: Sandbox) -> None:
    run(batched({"grouping": "ndjson", "size": 2}), records("s", {"a": "x\ny"}, {"b": 1}, {"c": 2}))
    assert [each["raw"] for each in sandbox.log()] == ['{"a":"x\\ny"}\n{"b":1}\n', '{"c":2}\n']
    assert {each["content_type"] for each in sandbox.log()} == {"application/x-ndjson"}


@pytest.mark.parametrize("grouping,raw", [("array", '[{"id":1}]'), ("ndjson", '{"id":1}\n')])
def test_a_batch_of_one_keeps_its_shape(
    grouping: str, raw: str, run: Run, sandbox: Sandbox
) -> None:
    run(batched({"grouping": grouping}), records("s", {"id": 1}))
    assert sandbox.log()[0]["raw"] == raw


def test_values_that_only_look_alike_make_groups_of_their_own(run: Run, sandbox: Sandbox) -> None:
    batch = {"grouping": "grouped", "group_by": ["v"], "key": "n", "collect": "n"}
    values: list[Any] = [1, "1", True, 1.0, [1], {"a": 1}]
    run(batched(batch), records("s", *({"v": each, "n": n} for n, each in enumerate(values))))
    assert bodies(sandbox) == [{"v": each, "n": [n]} for n, each in enumerate(values)]


def test_merged_takes_the_later_value_of_each_attribute(run: Run, sandbox: Sandbox) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "a": 1, "b": 1},
        {"id": 2, "a": 5},
        {"id": 1, "a": 2, "c": None},
    ]
    run(batched({"grouping": "merged", "group_by": ["id"]}), records("s", *rows))
    assert bodies(sandbox) == [{"id": 1, "a": 2, "b": 1, "c": None}, {"id": 2, "a": 5}]


def test_a_path_parameter_is_not_repeated_in_a_grouped_body(run: Run, sandbox: Sandbox) -> None:
    batch = {"grouping": "grouped", "group_by": ["number"], "key": "tags", "collect": "tag"}
    rows: list[dict[str, Any]] = [
        {"no": 7, "tag": "a"},
        {"no": 8, "tag": "b"},
        {"no": 7, "tag": None},
        {"no": 7, "tag": 0},
    ]
    run(
        batched(batch, url="/echo/{number}/tags", path_params={"number": "no"}),
        records("s", *rows),
    )
    assert writes(sandbox) == [
        ("/echo/7/tags", {"tags": ["a", 0]}),
        ("/echo/8/tags", {"tags": ["b"]}),
    ]


def test_group_and_key_may_be_dotted(run: Run, sandbox: Sandbox) -> None:
    batch = {"grouping": "grouped", "group_by": ["at.x"], "key": "k", "collect": "who.id"}
    run(batched(batch), records("s", {"at": {"x": 1}, "who": {"id": 2}}))
    assert bodies(sandbox) == [{"at.x": 1, "k": [2]}]


UNUSABLE: list[Any] = [None, "", True, {}, [1]]


@pytest.mark.parametrize(
    "batch,row,sentence",
    [
        (
            {"grouping": "grouped", "group_by": ["team"], "key": "k"},
            {"id": 1},
            "batch.group_by: the record has no team",
        ),
        (
            {"grouping": "merged", "group_by": ["team"]},
            {"team": None},
            "batch.group_by: the record has no team",
        ),
        *(
            (
                {"grouping": "keyed", "key_field": "id"},
                {"id": value},
                "batch.key_field: the record has no usable id",
            )
            for value in UNUSABLE
        ),
        (
            {"grouping": "array", "max_bytes": 30},
            {"id": "x" * 30},
            "batch.max_bytes: the record makes ",
        ),
    ],
    ids=repr,
)
def test_a_record_that_fits_no_batch_is_rejected_alone(
    batch: dict[str, Any], row: dict[str, Any], sentence: str, run: Run
) -> None:
    good = {"id": 7, "team": "a"}
    result = run({**batched(batch), "on_error": "dead_letter"}, records("s", good, row, good))
    assert result.exit_code == 0, result.problems
    assert len(result.warnings) == 1
    assert f"line 3, stream s: {sentence}" in result.warnings[0]
    assert "2 delivered, 1 rejected" in result.log


def test_a_second_record_of_a_key_goes_into_the_next_batch(run: Run, sandbox: Sandbox) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "v": 1},
        {"id": 2, "v": 1},
        {"id": 1, "v": 2},
        {"id": "1", "v": 3},
    ]
    run(batched({"grouping": "keyed", "key_field": "id"}), records("s", *rows))
    assert bodies(sandbox) == [{"1": rows[0], "2": rows[1]}, {"1": rows[2]}, {"1": rows[3]}]


# When a batch closes


def test_a_batch_closes_with_the_window(run: Run, sandbox: Sandbox) -> None:
    run(
        {**batched({"grouping": "array"}), "batch_size_rows": 2},
        records("s", *ROWS),
    )
    assert bodies(sandbox) == [[R1, R2], [R3, R4], [R5]]


@pytest.mark.parametrize(
    "batch",
    [
        {"grouping": "array"},
        {"grouping": "ndjson"},
        {"grouping": "wrapped", "key": "a-rather-long-name-for-a-key"},
        {"grouping": "keyed", "key_field": "id"},
        {"grouping": "grouped", "group_by": ["team"], "key": "rows"},
        {"grouping": "merged", "group_by": ["team"]},
    ],
    ids=lambda each: each["grouping"],
)
@pytest.mark.parametrize("max_bytes", [120, 121, 130, 200])
def test_no_body_is_larger_than_max_bytes(
    batch: dict[str, Any], max_bytes: int, run: Run, sandbox: Sandbox
) -> None:
    rows = [{"id": f"é{n}", "team": "a", "v": "x" * (n % 7)} for n in range(30)]
    result = run(batched({**batch, "max_bytes": max_bytes}), records("s", *rows))
    assert result.exit_code == 0, result.problems
    sizes = [len(each["raw"].encode()) for each in sandbox.log()]
    assert max(sizes) <= max_bytes
    assert "30 delivered" in result.log


def test_two_urls_are_never_mixed(run: Run, sandbox: Sandbox) -> None:
    rows = [{"board": "a", "n": 1}, {"board": "b", "n": 2}, {"board": "a", "n": 3}]
    run(batched({"grouping": "array"}, url="/echo/{board}"), records("s", *rows))
    assert writes(sandbox) == [("/echo/a", [{"n": 1}, {"n": 3}]), ("/echo/b", [{"n": 2}])]


def test_a_list_that_is_too_long_is_refused_whole(run: Run, sandbox: Sandbox) -> None:
    batch = {"grouping": "grouped", "group_by": ["team"], "key": "ids", "collect": "id"}
    settings = batched({**batch, "max_bytes": 50}, method="PUT")
    rows = [{"team": "a", "id": "x" * 20} for _ in range(3)]
    result = run({**settings, "on_error": "dead_letter"}, records("s", *rows))
    assert writes(sandbox) == []
    assert len(result.warnings) == len(rows)
    assert "batch.max_bytes: the list is longer than 50 bytes" in result.warnings[0]


@pytest.mark.parametrize(
    "collect,row",
    [("e_mail", {"email": "ada@x"}), ("who.e_mail", {"who": {"email": "ada@x"}})],
)
def test_a_misspelt_name_does_not_empty_a_group(
    run: Run, sandbox: Sandbox, collect: str, row: dict[str, Any]
) -> None:
    batch = {"grouping": "grouped", "group_by": ["number"], "collect": collect}
    route: dict[str, Any] = {"stream": "s", "endpoint": "update_group", "batch": batch}
    route["path_params"] = {"group_id": "number"}
    result = run(
        {"streams": [route], "on_error": "dead_letter"}, records("s", {"number": 1, **row})
    )
    assert writes(sandbox) == []
    assert f"batch.collect: the record has no {collect}" in result.log


@pytest.mark.parametrize("row", [{"who": None}, {"who": {"email": None}}, {"who": {"email": []}}])
def test_null_is_nothing_to_collect(run: Run, sandbox: Sandbox, row: dict[str, Any]) -> None:
    batch = {"grouping": "grouped", "group_by": ["team"], "key": "ids", "collect": "who.email"}
    rows = [{"team": "a", **row}, {"team": "a", "who": {"email": ["ada", "grace"]}}]
    run(batched(batch, method="PUT"), records("s", *rows, {"team": "b", **row}))
    assert sorted(body["ids"] for _, body in writes(sandbox)) == [[], ["ada", "grace"]]


def test_a_waiting_batch_leaves_before_a_later_record_of_another_stream(
    run: Run, sandbox: Sandbox
) -> None:
    settings = batched({"grouping": "array"})
    settings["streams"].append({**ECHO, "stream": "other", "url": "/echo/other"})
    run(
        settings,
        [*records("s", R1, R2), *records("other", {"x": 1}), *records("s", R3)[1:]],
    )
    assert writes(sandbox) == [("/echo/s", [R1, R2]), ("/echo/other", {"x": 1}), ("/echo/s", [R3])]


def test_a_list_that_replaces_is_never_split(run: Run, sandbox: Sandbox) -> None:
    batch = {"grouping": "grouped", "group_by": ["team"], "key": "ids", "collect": "id", "size": 2}
    settings = batched({**batch, "max_bytes": 100}, method="PUT")
    settings["streams"].append({**ECHO, "stream": "other", "url": "/echo/other"})
    rows = [{"team": "a" if n % 2 else "b", "id": n} for n in range(12)]
    messages = [
        *records("s", *rows[:6]),
        state({"n": 6}),
        *records("other", {"x": 1}),
        *records("s", *rows[6:])[1:],
        state({"n": 12}),
    ]
    result = run({**settings, "batch_size_rows": 3}, messages)
    assert writes(sandbox) == [
        ("/echo/s", {"team": "b", "ids": [0, 2, 4]}),
        ("/echo/s", {"team": "a", "ids": [1, 3, 5]}),
        ("/echo/other", {"x": 1}),
        # The stream came back: what replaces must hold the first half as well.
        ("/echo/s", {"team": "b", "ids": [0, 2, 4, 6, 8, 10]}),
        ("/echo/s", {"team": "a", "ids": [1, 3, 5, 7, 9, 11]}),
    ]
    assert result.states == [{"n": 6}, {"n": 12}]


def test_a_list_that_cannot_be_sent_again_refuses_its_second_part(
    run: Run, sandbox: Sandbox
) -> None:
    batch = {"grouping": "grouped", "group_by": ["name"], "collect": "email"}
    settings: dict[str, Any] = {
        "on_error": "dead_letter",
        "streams": [{"stream": "s", "endpoint": "create_group", "batch": batch}],
    }
    ada, grace = "ada@sandbox.example", "grace@sandbox.example"
    messages = [
        *records("s", {"name": "Repairs", "email": ada}),
        *records("skipped", {"x": 1}),
        *records("other", {"x": 1}),
        record("s", {"name": "Repairs", "email": grace}),
    ]
    settings["streams"].append({**ECHO, "stream": "other", "url": "/echo/other"})
    result = run(settings, messages)
    assert writes(sandbox) == [
        ("/groups", {"name": "Repairs", "agents": [ada]}),
        ("/echo/other", {"x": 1}),
    ]
    assert "let the stream come in one piece" in result.log


# Templates that take a list


@pytest.fixture
def tickets(run: Run, sandbox: Sandbox) -> int:
    """Two tickets; gives the number of the last call of their creation."""
    result = run({}, records("create_ticket", TICKET, TICKET))
    assert result.exit_code == 0
    return len(sandbox.log())


@pytest.mark.parametrize("template", ["add_ticket_tags", "replace_ticket_tags"])
def test_tags_are_grouped_by_ticket(
    template: str, run: Run, sandbox: Sandbox, tickets: int
) -> None:
    route = {
        "stream": "tags",
        "endpoint": template,
        "batch": {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag"},
    }
    rows = [
        {"ticket_number": 1, "tag": "a"},
        {"ticket_number": 2, "tag": "b"},
        {"ticket_number": 1, "tag": "c"},
    ]
    result = run({"streams": [route], "batch_size_rows": 2}, records("tags", *rows))
    assert result.exit_code == 0, result.problems
    assert [each["tags"] for each in sandbox.things("tickets")] == [["a", "c"], ["b"]]
    calls = 2 if template == "replace_ticket_tags" else 3
    assert len(sandbox.log(since=tickets)) == calls


def test_members_are_grouped_by_group(run: Run, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]["id"]
    grouped = {"grouping": "grouped", "collect": "member"}
    streams = [
        {
            "stream": "members",
            "endpoint": "update_group",
            "path_params": {"group_id": "team.id"},
            "batch": {**grouped, "group_by": ["group_id"]},
        },
        {
            "stream": "teams",
            "endpoint": "create_group",
            "batch": {**grouped, "group_by": ["name"]},
        },
    ]
    members = ["ada@sandbox.example", "alan@sandbox.example"]
    result = run(
        {"streams": streams},
        [
            *records("members", *({"team": {"id": group}, "member": each} for each in members)),
            *records("teams", *({"name": "Nights", "member": each} for each in members)),
        ],
    )
    assert result.exit_code == 0, result.problems
    assert writes(sandbox) == [
        (f"/groups/{group}", {"agents": members}),
        ("/groups", {"name": "Nights", "agents": members}),
    ]


def test_a_batch_that_groove_would_refuse_rejects_its_records_without_a_request(
    run: Run, sandbox: Sandbox
) -> None:
    route = {
        "stream": "tags",
        "endpoint": "add_ticket_tags",
        "batch": {"grouping": "grouped", "group_by": ["ticket_number"], "collect": "tag"},
    }
    rows = [{"ticket_number": 1, "tag": "a"}, {"ticket_number": 1, "tag": {"x": 1}}]
    result = run({"streams": [route], "on_error": "dead_letter"}, records("tags", *rows))
    assert len(result.warnings) == 2
    assert all("tags: {'x': 1} is no text" in each for each in result.warnings)
    assert sandbox.log() == []


def test_fields_of_a_grouped_body_that_a_template_does_not_know_are_named(
    run: Run, sandbox: Sandbox
) -> None:
    route = {
        "stream": "teams",
        "endpoint": "create_group",
        "batch": {"grouping": "grouped", "group_by": ["name", "region"], "collect": "member"},
    }
    row = {"name": "Nights", "region": "EU", "member": "ada@sandbox.example"}
    result = run({"streams": [route]}, records("teams", row))
    assert bodies(sandbox) == [{"name": "Nights", "agents": ["ada@sandbox.example"]}]
    assert "create_group has no such field: region" in result.warnings[0]


# Attachments of one message in one request


@pytest.fixture
def message(run: Run, sandbox: Sandbox) -> str:
    """The id of a message."""
    run({}, records("create_ticket", TICKET))
    message_id: str = sandbox.things("messages")[0]["id"]
    return message_id


UPLOADS = {
    "stream": "files",
    "endpoint": "upload_attachment",
    "batch": {"grouping": "grouped"},
}


def files(message_id: str, *names: str) -> list[dict[str, Any]]:
    """Records of files whose content is their name."""
    return [
        {
            "message_id": message_id,
            "filename": name,
            "content": base64.b64encode(name.encode()).decode(),
        }
        for name in names
    ]


def test_grouped_attachments_are_one_multipart_request(
    run: Run, sandbox: Sandbox, message: str
) -> None:
    result = run({"streams": [UPLOADS]}, records("files", *files(message, "a.txt", "ü b.png", "c")))
    assert result.exit_code == 0, result.problems
    call = sandbox.log()[-1]
    assert call["path"] == f"/messages/{message}/attachments"
    assert call["query"] == ""
    assert call["content_type"].startswith("multipart/form-data; boundary=")
    assert [(each["filename"], each["content_type"], each["size"]) for each in call["body"]] == [
        ("a.txt", "text/plain", 5),
        ("ü b.png", "image/png", 8),
        ("c", "application/octet-stream", 1),
    ]
    assert [each["filename"] for each in sandbox.things("attachments")] == [
        "a.txt",
        "ü b.png",
        "c",
    ]
    assert "3 delivered, 0 rejected, 1 request" in result.log


def test_more_attachments_than_a_message_takes_are_rejected_one_by_one(
    run: Run, sandbox: Sandbox, message: str
) -> None:
    names = [f"{n}.txt" for n in range(27)]
    result = run(
        {"streams": [UPLOADS], "on_error": "dead_letter"},
        records("files", *files(message, *names)),
    )
    assert [len(each["body"]) for each in sandbox.log()[1:]] == [25, 2]
    assert "25 delivered, 2 rejected, 2 requests" in result.log
    assert all("message already has 25 attachments" in each for each in result.warnings)


def test_a_refused_file_rejects_only_its_own_record(
    run: Run, sandbox: Sandbox, message: str
) -> None:
    result = run(
        {"streams": [UPLOADS], "on_error": "dead_letter"},
        records("files", *files(message, "a.txt", "b.exe", "c.txt")),
    )
    assert [each["status"] for each in sandbox.log()] == [201, 200]
    assert "2 delivered, 1 rejected, 1 request" in result.log
    assert result.warnings == [
        (
            "Set aside: line 3, stream files: "
            "Groove refused the file: files of type .exe are not accepted."
        )
    ]


def test_a_refused_single_file_is_rejected_although_groove_answers_200(
    run: Run, sandbox: Sandbox, message: str
) -> None:
    result = run({}, records("upload_attachment", *files(message, "b.exe")))
    assert sandbox.log()[-1]["status"] == 200
    assert result.exit_code == 1
    assert "files of type .exe are not accepted" in result.problems[0]


def test_a_file_that_cannot_be_sent_rejects_only_its_own_record(
    run: Run, sandbox: Sandbox, message: str
) -> None:
    rows = files(message, "a.txt", "b.txt", "c.txt")
    rows[1]["content"] = "no base64!"
    result = run({"streams": [UPLOADS], "on_error": "dead_letter"}, records("files", *rows))
    assert "2 delivered, 1 rejected" in result.log
    assert result.warnings == ["Set aside: line 3, stream files: content: is no base64."]
    assert [each["filename"] for each in sandbox.things("attachments")] == ["a.txt", "c.txt"]


# Properties

RECORDS = st.lists(
    st.fixed_dictionaries(
        {"g": st.integers(0, 2), "k": st.integers(0, 4), "t": st.text(max_size=6)}
    ),
    max_size=40,
)
RULES = st.one_of(
    st.builds(
        BatchRule,
        grouping=st.sampled_from([Grouping.ARRAY, Grouping.NDJSON]),
        size=st.integers(1, 5),
        max_bytes=st.none() | st.integers(60, 150),
    ),
    st.builds(
        BatchRule,
        grouping=st.just(Grouping.WRAPPED),
        key=st.sampled_from(["k", "é" * 9]),
        size=st.integers(1, 5),
        max_bytes=st.none() | st.integers(90, 150),
    ),
    st.builds(
        BatchRule,
        grouping=st.just(Grouping.GROUPED),
        group_by=st.just(("g",)),
        key=st.just("rows"),
        size=st.integers(1, 5),
        max_bytes=st.none() | st.integers(90, 150),
        whole_stream=st.booleans(),
    ),
    st.builds(
        BatchRule,
        grouping=st.just(Grouping.KEYED),
        key_field=st.just("k"),
        size=st.integers(1, 5),
        max_bytes=st.none() | st.integers(60, 150),
    ),
)


@given(rule=RULES, rows=RECORDS, windows=st.sets(st.integers(0, 40)), urls=st.integers(1, 2))
def test_every_record_is_in_exactly_one_batch(
    rule: BatchRule, rows: list[dict[str, Any]], windows: set[int], urls: int
) -> None:
    batcher = Batcher(rule)
    closed = []
    for position, row in enumerate(rows):
        source = Source("s", {}, {}, "", "", position)
        params = {"url": str(position % urls)}
        closed += batcher.add(Item(source, row, params, row))
        if position in windows:
            closed += batcher.close()
            assert batcher.is_empty or rule.whole_stream
    closed += batcher.close(end_of_stream=True)
    assert batcher.is_empty

    positions = [[item.source.position for item in batch.items] for batch in closed]
    assert sorted(chain.from_iterable(positions)) == list(range(len(rows)))
    addresses = []
    for batch, inside in zip(closed, positions, strict=True):
        assert inside == sorted(inside)
        assert len({item.params["url"] for item in batch.items}) == 1
        if rule.group_by:
            assert {item.record["g"] for item in batch.items} == {batch.group["g"]}
        if rule.grouping is Grouping.KEYED:
            keys = [item.record["k"] for item in batch.items]
            assert len(keys) == len(set(keys))
        addresses.append((batch.items[0].params["url"], *batch.group.values()))
        if rule.whole_stream:
            continue
        assert len(batch.items) <= rule.size
        if rule.max_bytes is not None:
            content = Content.NDJSON if rule.grouping is Grouping.NDJSON else Content.JSON
            body, _ = encode(shape(rule, batch), content)
            assert body is not None
            assert len(body) <= rule.max_bytes
    if rule.whole_stream:
        assert len(addresses) == len(set(addresses))
    for address in set(addresses):
        same = [
            position
            for inside, each in zip(positions, addresses, strict=True)
            if each == address
            for position in inside
        ]
        assert same == sorted(same)

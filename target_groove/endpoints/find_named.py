"""Looks up a group, a knowledge base and a widget, which are listed whole and known by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from target_groove.endpoints.find_dating import young_enough
from target_groove.endpoints.find_listing import Lists, Thing, id_of
from target_groove.endpoints.finding import (
    SAME,
    Evidence,
    Fetch,
    Finding,
    Likeness,
    all_of,
    ambiguous_if_unexpected,
    conclude,
    doubtful,
    same_if,
)
from target_groove.endpoints.same_text import line, same_line


@ambiguous_if_unexpected
def find_group(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a group up by name, description and number of members.

    The list has only id and name, `GET /groups/:id` the rest, and neither has a date
    (http://www.groovehq.com/docs/groups): an older equal group that was not made by us is taken
    for ours. Members are sent as e-mails or ids and listed as ids, so only their number is
    compared, if they were sent.
    """
    lists = Lists(fetch)
    likenesses: dict[str, Likeness] = {}
    for listed in lists.all("/groups", "groups"):
        group_id = id_of(listed, "group")
        if not same_line(evidence.payload.get("name"), listed.get("name")):
            continue
        if not evidence.is_recorded(group_id):
            group = lists.one(f"/groups/{quote(group_id, safe='')}", "group")
            likenesses[group_id] = all_of(
                _same_description(evidence.payload.get("description"), group),
                _as_many_members(evidence.payload.get("agents"), group.get("agent_ids")),
            )
    return conclude("group", "groups", likenesses)


@ambiguous_if_unexpected
def find_knowledge_base(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a knowledge base up by title, and subdomain if one was sent.

    `GET /kb` lists id, title and subdomain (amp-labs/connectors, discordwell/CLIaaS). That it lists
    a date was not seen: without one an older equal knowledge base that was not made by us is taken
    for ours.
    """
    lists = Lists(fetch)
    likenesses: dict[str, Likeness] = {}
    subdomain = line(evidence.payload.get("subdomain"))
    for listed in lists.all("/kb", "knowledge_bases"):
        base_id = id_of(listed, "knowledge base")
        dated = listed.get("created_at") is not None
        since = lists.clock.since(evidence.left_at)
        likenesses[base_id] = all_of(
            same_if(not evidence.is_recorded(base_id)),
            same_if(same_line(evidence.payload.get("title"), listed.get("title"))),
            same_if(not subdomain or subdomain.lower() == line(listed.get("subdomain")).lower()),
            young_enough(listed, since) if dated else SAME,
        )
    return conclude("knowledge base", "knowledge bases", likenesses)


@ambiguous_if_unexpected
def find_widget(evidence: Evidence, fetch: Fetch) -> Finding:
    """Look a widget up by name and date.

    `GET /widgets` lists id, name and `created_at` (http://www.groovehq.com/docs/widgets).
    """
    lists = Lists(fetch)
    likenesses: dict[str, Likeness] = {}
    for listed in lists.all("/widgets", "widgets"):
        widget_id = id_of(listed, "widget")
        likenesses[widget_id] = all_of(
            same_if(not evidence.is_recorded(widget_id)),
            same_if(same_line(evidence.payload.get("name"), listed.get("name"))),
            young_enough(listed, lists.clock.since(evidence.left_at)),
        )
    return conclude("widget", "widgets", likenesses)


def _same_description(ours: Any, group: Thing) -> Likeness:
    if "description" not in group and line(ours):
        return doubtful("its description cannot be read")
    return same_if(same_line(ours, group.get("description")))


def _as_many_members(agents: Any, agent_ids: Any) -> Likeness:
    if not isinstance(agents, list):
        return SAME
    if not isinstance(agent_ids, list):
        return doubtful("its members cannot be read")
    return same_if(len(agent_ids) == len({str(each).strip().lower() for each in agents}))

"""Groups of agents."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.find_named import find_group
from target_groove.endpoints.later_calls import Change, Update
from target_groove.endpoints.template import Certainty, Field, FieldType, PathParam, Template

GROUPS_PAGE: Final = "http://www.groovehq.com/docs/groups"
GROUP: Final = AnswerRule(resource="group")
GROUP_ID: Final = PathParam(name="group_id", synonyms=("id",), description="Groove's id of it.")
DESCRIPTION: Final = Field(name="description", description="What the group is for.")
AGENTS: Final = Field(
    name="agents",
    type=FieldType.STRINGS,
    is_set=True,
    synonyms=("agent_ids", "members"),
    description="All members, as e-mails or ids of agents.",
)
NEW_GROUP: Final = (
    Field(name="name", required=True, description="The group's name."),
    DESCRIPTION,
    AGENTS,
)
"""The fields of a group that is created."""

TEMPLATES: Final = (
    Template(
        id="create_group",
        summary="Create a group",
        method="POST",
        path="/groups",
        certainty=Certainty.DOCUMENTED,
        source=GROUPS_PAGE,
        update=Update(endpoint="update_group", id_param="group_id"),
        find=find_group,
        answer=GROUP,
        list_field="agents",
        replaces_list=True,
        fields=NEW_GROUP,
    ),
    Template(
        id="upsert_group",
        summary="Create a group, and later send only what changed",
        method="POST",
        path="/groups",
        certainty=Certainty.DOCUMENTED,
        source=GROUPS_PAGE,
        changes=(Change(endpoint="update_group", id_param=GROUP_ID.name),),
        find=find_group,
        answer=GROUP,
        fields=NEW_GROUP,
    ),
    Template(
        id="update_group",
        summary="Update a group or its members",
        method="PUT",
        path="/groups/{group_id}",
        certainty=Certainty.DOCUMENTED,
        source=GROUPS_PAGE,
        path_params=(GROUP_ID,),
        repeatable=True,
        answer=GROUP,
        list_field="agents",
        replaces_list=True,
        fields=(Field(name="name", description="The group's name."), DESCRIPTION, AGENTS),
    ),
    Template(
        id="delete_group",
        summary="Delete a group",
        method="DELETE",
        path="/groups/{group_id}",
        certainty=Certainty.DOCUMENTED,
        source=GROUPS_PAGE,
        path_params=(GROUP_ID,),
        repeatable=True,
        answer=GROUP,
    ),
)

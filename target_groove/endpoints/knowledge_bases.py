"""Knowledge bases, their settings and categories.

Groove's pages on the knowledge bases themselves could not be read, so those calls follow the
pattern of the documented ones and take every attribute.
"""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.find_articles import find_category
from target_groove.endpoints.find_named import find_knowledge_base
from target_groove.endpoints.later_calls import Change, Update
from target_groove.endpoints.template import Certainty, Field, FieldType, PathParam, Template

BY_ANALOGY: Final = "by analogy with Groove's documented articles and widget settings"
KNOWLEDGE_BASE: Final = AnswerRule(resource="knowledge_base")
KNOWLEDGE_BASE_ID: Final = PathParam(
    name="knowledge_base_id",
    synonyms=("kb_id",),
    description="Id of the knowledge base.",
)
PAGE_FIELDS: Final = (
    Field(name="title", description="The title."),
    Field(name="description", description="A short text."),
    Field(name="slug", description="Last part of the address; from the title if absent."),
    Field(name="author_id", description="Id of the agent; the token's user if absent."),
    Field(name="page_title", description="Title of the page; the title if absent."),
    Field(name="meta_description", description="The description if absent."),
    Field(name="meta_robots", description="`INDEX,FOLLOW` if absent."),
    Field(name="og_title", description="The title if absent."),
    Field(name="og_description", description="The description if absent."),
    Field(name="og_image_url", description="Address of a picture."),
)
"""What articles and categories have in common."""
NEW_BASE: Final = (
    Field(name="title", required=True, synonyms=("name",), description="The title."),
    Field(name="subdomain", description="First part of its address."),
)
"""The fields of a knowledge base that is created."""

TEMPLATES: Final = (
    Template(
        id="create_knowledge_base",
        summary="Create a knowledge base",
        method="POST",
        path="/kb",
        certainty=Certainty.INFERRED,
        source=BY_ANALOGY,
        update=Update(endpoint="update_knowledge_base", id_param="knowledge_base_id"),
        find=find_knowledge_base,
        answer=KNOWLEDGE_BASE,
        open_fields=True,
        fields=NEW_BASE,
    ),
    Template(
        id="upsert_knowledge_base",
        summary="Create a knowledge base, and later send only what changed",
        method="POST",
        path="/kb",
        certainty=Certainty.INFERRED,
        source=BY_ANALOGY,
        changes=(Change(endpoint="update_knowledge_base", id_param=KNOWLEDGE_BASE_ID.name),),
        find=find_knowledge_base,
        answer=KNOWLEDGE_BASE,
        open_fields=True,
        fields=NEW_BASE,
    ),
    Template(
        id="update_knowledge_base",
        summary="Update a knowledge base",
        method="PUT",
        path="/kb/{knowledge_base_id}",
        certainty=Certainty.INFERRED,
        source=BY_ANALOGY,
        path_params=(KNOWLEDGE_BASE_ID,),
        repeatable=True,
        answer=KNOWLEDGE_BASE,
        open_fields=True,
        fields=(
            Field(name="title", synonyms=("name",), description="The title."),
            Field(name="subdomain", description="First part of its address."),
        ),
    ),
    Template(
        id="update_knowledge_base_settings",
        summary="Update a knowledge base's settings",
        method="PUT",
        path="/kb/{knowledge_base_id}/settings",
        certainty=Certainty.INFERRED,
        source=BY_ANALOGY,
        path_params=(KNOWLEDGE_BASE_ID,),
        repeatable=True,
        answer=AnswerRule(resource="settings", id_attributes=()),
        open_fields=True,
    ),
    Template(
        id="create_category",
        summary="Create a category of a knowledge base, as a draft",
        method="POST",
        path="/kb/{knowledge_base_id}/categories",
        certainty=Certainty.DOCUMENTED,
        source="http://www.groovehq.com/docs/knowledge-base-categories",
        path_params=(KNOWLEDGE_BASE_ID,),
        answer=AnswerRule(resource="category"),
        find=find_category,
        makes_another=True,
        fields=(
            *PAGE_FIELDS,
            Field(
                name="article_ids",
                type=FieldType.STRINGS,
                description="Ids of articles to put into it.",
            ),
        ),
    ),
)

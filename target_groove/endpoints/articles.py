"""Articles of a knowledge base: created as drafts, published by a second call."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.find_articles import find_article
from target_groove.endpoints.knowledge_bases import KNOWLEDGE_BASE_ID, PAGE_FIELDS
from target_groove.endpoints.later_calls import Change, FollowUp, Update
from target_groove.endpoints.template import Certainty, Field, FieldType, PathParam, Template

ARTICLES_PAGE: Final = "https://www.groovehq.com/docs/knowledge-base-articles"
INTEGRATIONS_PAGE: Final = (
    "truto.one/integrations/detail/groove names the operation; method and path are by analogy"
)
ARTICLE: Final = AnswerRule(resource="article")
ARTICLE_ID: Final = PathParam(name="article_id", synonyms=("id",), description="Id of the article.")
FIELDS: Final = (
    *PAGE_FIELDS,
    Field(name="body", description="The text, HTML allowed."),
    Field(name="category_id", type=FieldType.ANY, description="Id of the category."),
    Field(name="featured", type=FieldType.BOOLEAN, description="Whether it is featured."),
    Field(
        name="related_ids",
        type=FieldType.STRINGS,
        description="Ids of other articles of the knowledge base.",
    ),
    Field(
        name="tags",
        type=FieldType.STRINGS,
        is_set=True,
        description="Names; unknown ones are created.",
    ),
    Field(
        name="state",
        enum=("draft", "published"),
        description="`published` publishes it by a second call, which is inferred.",
    ),
)

PUBLISH_NEW: Final = FollowUp(
    field="state",
    value="published",
    path="/kb/{knowledge_base_id}/articles/{new_id}/publish",
    source=INTEGRATIONS_PAGE,
)

TEMPLATES: Final = (
    Template(
        id="create_article",
        summary="Create an article, and publish it if its state says so",
        method="POST",
        path="/kb/{knowledge_base_id}/articles",
        certainty=Certainty.DOCUMENTED,
        source=ARTICLES_PAGE,
        path_params=(KNOWLEDGE_BASE_ID,),
        update=Update(endpoint="update_article", id_param="article_id"),
        makes_another=True,
        find=find_article,
        answer=ARTICLE,
        fields=FIELDS,
        follow_ups=(PUBLISH_NEW,),
    ),
    Template(
        id="upsert_article",
        summary="Create an article, and later send only what changed",
        method="POST",
        path="/kb/{knowledge_base_id}/articles",
        certainty=Certainty.INFERRED,
        source=f"creating is documented ({ARTICLES_PAGE}), of changing {INTEGRATIONS_PAGE}",
        path_params=(KNOWLEDGE_BASE_ID,),
        changes=(Change(endpoint="update_article", id_param=ARTICLE_ID.name),),
        makes_another=True,
        find=find_article,
        answer=ARTICLE,
        fields=FIELDS,
        follow_ups=(PUBLISH_NEW,),
    ),
    Template(
        id="update_article",
        summary="Update an article, and publish or unpublish it if its state says so",
        method="PUT",
        path="/kb/{knowledge_base_id}/articles/{article_id}",
        certainty=Certainty.INFERRED,
        source=INTEGRATIONS_PAGE,
        path_params=(KNOWLEDGE_BASE_ID, ARTICLE_ID),
        repeatable=True,
        answer=ARTICLE,
        fields=FIELDS,
        follow_ups=(
            FollowUp(
                field="state",
                value="published",
                path="/kb/{knowledge_base_id}/articles/{article_id}/publish",
                source=INTEGRATIONS_PAGE,
            ),
            FollowUp(
                field="state",
                value="draft",
                path="/kb/{knowledge_base_id}/articles/{article_id}/unpublish",
                source=INTEGRATIONS_PAGE,
            ),
        ),
    ),
    Template(
        id="publish_article",
        summary="Publish an article",
        method="PUT",
        path="/kb/{knowledge_base_id}/articles/{article_id}/publish",
        certainty=Certainty.INFERRED,
        source=INTEGRATIONS_PAGE,
        path_params=(KNOWLEDGE_BASE_ID, ARTICLE_ID),
        repeatable=True,
        answer=ARTICLE,
    ),
)

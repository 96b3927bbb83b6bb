"""Customers over REST: known ones are updated; Groove documents no call that creates one."""

from __future__ import annotations

from typing import Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.template import (
    PERSON_ATTRIBUTES,
    Certainty,
    Field,
    FieldType,
    ParamKind,
    PathParam,
    Template,
)

TEMPLATES: Final = (
    Template(
        id="update_customer",
        summary="Update a customer",
        method="PUT",
        path="/customers/{customer_email}",
        certainty=Certainty.DOCUMENTED,
        source="http://www.groovehq.com/docs/customers",
        path_params=(
            PathParam(
                name="customer_email",
                kind=ParamKind.EMAIL,
                synonyms=("email",),
                also_field="email",
                description="E-mail under which Groove knows the customer.",
            ),
        ),
        repeatable=True,
        answer=AnswerRule(resource="customer", id_attributes=("email", "id")),
        fields=(
            Field(name="email", required=True, email=True, description="The customer's e-mail."),
            *(Field(name=name, description="Free text.") for name in PERSON_ATTRIBUTES),
            Field(name="custom", type=FieldType.ANY, description="Further attributes, an object."),
        ),
    ),
)

"""Answers a call to the GraphQL endpoint."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, execute_sync, parse, validate

from target_groove.sandbox.exchange import reply
from target_groove.sandbox.graphql.bulk import carry_out
from target_groove.sandbox.graphql.schema import schema_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphql import DocumentNode

    from target_groove.sandbox.call import Call
    from target_groove.sandbox.exchange import Answer
    from target_groove.sandbox.graphql.context import Context

PATH = "/v2/graphql"


def execute(context: Context, call: Call, access: str) -> Answer:
    """Answer a POST with a query; the status is 200 whatever comes of it.

    Args:
        context: What the resolvers work with.
        call: The call; its body is an object with query, variables and operationName.
        access: As which the token sees the API, one of ``ACCESS`` but "off".

    Raises:
        Refusal: The body is no JSON object.
    """
    body = call.body.payload()
    query, variables = body.get("query"), body.get("variables")
    if not isinstance(query, str) or not query.strip():
        return _request_errors([GraphQLError("No query string was present")])
    if variables is not None and not isinstance(variables, dict):
        return _request_errors([GraphQLError("variables must be an object")])
    try:
        document = _document(access, query)
    except _Invalid as invalid:
        return _request_errors(invalid.errors)
    result = execute_sync(
        schema_for(access),
        document,
        context_value=context,
        variable_values=variables,
        operation_name=body.get("operationName"),
    )
    errors = result.errors or []
    for error in errors:
        # Whatever is no refusal is a mistake of the sandbox, and must not look like one of Groove.
        if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
            raise error.original_error
    if result.data is None and not any(error.path for error in errors):
        return _request_errors(errors)
    carry_out(context.desk)
    said: dict[str, Any] = {"data": result.data}
    if errors:
        said["errors"] = [error.formatted for error in errors]
    return reply(said)


class _Invalid(Exception):
    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


# A client says the same thing over and over, with other variables.
@lru_cache(maxsize=256)
def _document(access: str, query: str) -> DocumentNode:
    try:
        document = parse(query)
    except GraphQLError as error:
        raise _Invalid([error]) from error
    errors = validate(schema_for(access), document)
    if errors:
        raise _Invalid(errors)
    return document


def _request_errors(errors: Iterable[GraphQLError]) -> Answer:
    """Refuse a query or its variables, in the form of Groove's guide on errors."""
    said: list[dict[str, Any]] = []
    for error in errors:
        problem = {"path": [], "explanation": error.message}
        said.append({**error.formatted, "extensions": {"problems": [problem]}})
    return reply({"errors": said}, done=False)

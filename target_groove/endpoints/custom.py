"""A template made from what a `custom` route says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from target_groove.delivery.outcome import AnswerRule
from target_groove.endpoints.template import Certainty, ParamKind, PathParam, Template

if TYPE_CHECKING:
    from target_groove.delivery.request import Content

CUSTOM: Final = "custom"
"""The endpoint id of a route that describes its own request."""

METHODS: Final = ("POST", "PUT", "PATCH", "DELETE", "GET")
_REPEATABLE: Final = frozenset({"PUT", "DELETE", "GET"})
_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


def parameters_of(path: str) -> tuple[str, ...]:
    """Name the `{parameters}` of a path, each once, in order."""
    return tuple(dict.fromkeys(_PARAMETER.findall(path)))


def custom_template(method: str, path: str, *, content: Content, list_field: str = "") -> Template:
    """Describe the endpoint of a `custom` route.

    Args:
        method: One of `METHODS`.
        path: Path below the API's base URL, or an absolute URL on its host.
        content: How bodies are written.
        list_field: The field that a `grouped` batch fills.
    """
    return Template(
        id=CUSTOM,
        summary="What the route describes",
        method=method,
        path=path,
        certainty=Certainty.DOCUMENTED,
        source="the route",
        path_params=tuple(
            PathParam(name=name, kind=ParamKind.TEXT) for name in parameters_of(path)
        ),
        open_fields=True,
        repeatable=method in _REPEATABLE,
        answer=AnswerRule(id_attributes=("id", "number"), json_expected=False),
        content=content,
        list_field=list_field,
        replaces_list=method == "PUT",
    )

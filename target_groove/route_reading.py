"""Reading the setting `streams`: every problem is found at start and said in one list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from target_groove.batch_reading import read_batch, usual_batch
from target_groove.delivery.request import Content
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.custom import CUSTOM, METHODS, custom_template, parameters_of
from target_groove.endpoints.template import ParamKind, PathParam, Template
from target_groove.endpoints.values import ValueProblem, listed, to_field
from target_groove.errors import ConfigurationError
from target_groove.expressions import compile_expression
from target_groove.fingerprint import fingerprint
from target_groove.header_reading import read_headers
from target_groove.liquid import is_liquid
from target_groove.route_checks import never_matching, route_problems, secret_parameters
from target_groove.routes import ROUTE_KEYS, BatchRule, Route, Routes
from target_groove.wording import shown, unknown_name

if TYPE_CHECKING:
    from target_groove.attributes import Reader
    from target_groove.settings import Settings

_NOT_LOCAL: Final[tuple[str, ...]] = ("method", "url", "headers", "path_params", "batch")
"""Keys about requests, which a local endpoint does not make."""
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]*")
_MAY_CREATE: Final = frozenset({"POST", "PATCH"})
_CONTENT_FORMATS: Final = {"json": Content.JSON, "form": Content.FORM}


def read_routes(settings: Settings) -> Routes:
    """Read the routes, and add one for each stream that is named like a template.

    Raises:
        ConfigurationError: Something is wrong; it names everything at once.
    """
    problems: list[str] = []
    routes: dict[int, Route] = {}
    for number, spec in enumerate(settings.streams):
        reading = _RouteReading(number, spec, settings)
        route = reading.read()
        problems += reading.problems
        if route:
            routes[number] = route
    patterns = {number: each.pattern for number, each in routes.items()}
    problems += (
        f"streams[{number}] ({patterns[number]}): it never matches, because streams[{earlier}] "
        f"({patterns[earlier]}) takes all of its streams; put it before that one."
        for number, earlier in never_matching(patterns)
    )
    if problems:
        raise ConfigurationError(problems)
    by_name = (
        _RouteReading(0, {"stream": each, "endpoint": each}, settings).read() for each in TEMPLATES
    )
    return Routes((*routes.values(), *(each for each in by_name if each)))


class _RouteReading:
    """Reads one route and collects its problems."""

    def __init__(self, number: int, spec: Mapping[str, Any], settings: Settings) -> None:
        self.problems: list[str] = []
        self._spec = {name: value for name, value in spec.items() if value is not None}
        self._settings = settings
        name = self._spec.get("stream")
        self._where = (
            f"streams[{number}] ({name})" if isinstance(name, str) else f"streams[{number}]"
        )

    def read(self) -> Route | None:
        for key in self._spec:
            if key not in ROUTE_KEYS:
                self._problem(unknown_name("key", key, ROUTE_KEYS))
        pattern = self._text("stream")
        template = self._template()
        if not pattern or not template:
            return None
        params = self._readers("path_params") or {}
        expressions = self._object("path_params")
        route = Route(
            pattern=pattern,
            template=template,
            fields=self._readers("fields"),
            defaults=self._defaults(template),
            exclude=(*self._settings.exclude_attributes, *self._names("exclude")),
            path_params=params,
            consumed=tuple(
                each
                for each in expressions.values()
                if isinstance(each, str) and not is_liquid(each)
            ),
            key=self._names("key"),
            append_only=self._choice("load_method", ("upsert", "append-only")) == "append-only",
            headers=self._headers(),
            drop_unknown=self._choice("unknown_fields", ("drop", "send")) == "drop"
            and not template.open_fields,
            dead_letters=self._choice("on_error", ("fail", "dead_letter")) == "dead_letter",
            batch=self._batch(template),
            prefix=self._prefix(template),
            fingerprint=fingerprint(self._spec, self._settings),
        )
        fields = self._object("fields") if "fields" in self._spec else None
        if not isinstance(self._spec.get("fields", {}), Mapping):
            fields = None  # what it lacks is not known
        for each in route_problems(route, fields):
            self._problem(each)
        return route

    def _problem(self, text: str) -> None:
        sentence = f"{self._where}: {text}"
        if sentence not in self.problems:
            self.problems.append(sentence)

    def _text(self, key: str) -> str:
        value = self._spec.get(key)
        if isinstance(value, str) and value:
            return value
        self._problem(f"{key} is missing." if value is None else f"{key} must be text.")
        return ""

    def _names(self, key: str) -> tuple[str, ...]:
        value = self._spec.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) and each for each in value):
            return tuple(value)
        self._problem(f"{key} must be a list of names.")
        return ()

    def _object(self, key: str) -> Mapping[str, Any]:
        value = self._spec.get(key, {})
        if not isinstance(value, Mapping):
            self._problem(f"{key} must be an object.")
        elif not all(isinstance(name, str) for name in value):
            self._problem(f"{key} must be an object whose names are text.")
        else:
            return value
        return {}

    def _choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self._spec.get(key, getattr(self._settings, key))
        if value not in choices:
            self._problem(f"{key} is {shown(value)}; allowed are {', '.join(choices)}.")
        return str(value)

    def _readers(self, key: str) -> Mapping[str, Reader] | None:
        if key not in self._spec:
            return None
        readers: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
        for name, expression in self._object(key).items():
            try:
                readers[name] = compile_expression(expression)
            except ValueError as error:
                self._problem(f"{key}.{name} {error}.")
        return readers

    def _template(self) -> Template | None:
        endpoint = self._text("endpoint")
        if endpoint == CUSTOM:
            return self._custom()
        template = TEMPLATES.get(endpoint)
        if not template:
            if endpoint:
                self._problem(unknown_name("endpoint", endpoint, [*TEMPLATES, CUSTOM]))
            return None
        if "content_format" in self._spec:
            self._problem("content_format is for endpoint custom only.")
        if template.subject or template.is_local:
            self._check_fixed(template)
            return template
        if "method" in self._spec:
            template = self._with_method(template)
        if "url" in self._spec:
            path = self._path()
            known = {each.name: each for each in template.path_params}
            params = tuple(
                known.get(name, PathParam(name=name, kind=ParamKind.TEXT))
                for name in parameters_of(path)
            )
            template = replace(template, path=path, path_params=params)
        return template

    def _check_fixed(self, template: Template) -> None:
        """Find keys about requests at an endpoint that has no address of its own."""
        keys: tuple[str, ...] = ("method", "url")
        why = "; set graphql_url instead"
        if template.is_local:
            keys, why = _NOT_LOCAL, ", which makes no requests"
        for key in keys:
            if key in self._spec:
                self._problem(f"{key} is not for {template.id}{why}.")

    def _with_method(self, template: Template) -> Template:
        method = self._method()
        if method == "GET":
            self._problem(f"method is 'GET'; {template.id} writes, and GET is for custom only.")
        # A method that may create another thing each time must not be tried again.
        unsure = method in _MAY_CREATE and method != template.method
        return replace(template, method=method, repeatable=template.repeatable and not unsure)

    def _custom(self) -> Template:
        name = self._spec.get("content_format", "json")
        if str(name) not in _CONTENT_FORMATS:
            allowed = ", ".join(_CONTENT_FORMATS)
            self._problem(f"content_format is {shown(name)}; allowed are {allowed}.")
        batch = self._spec.get("batch")
        return custom_template(
            self._method(),
            self._path(),
            content=_CONTENT_FORMATS.get(str(name), Content.JSON),
            list_field=str(batch.get("key") or "") if isinstance(batch, Mapping) else "",
        )

    def _method(self) -> str:
        method = self._text("method").upper()
        if method and method not in METHODS:
            self._problem(f"method is {method!r}; allowed are {', '.join(METHODS)}.")
        return method

    def _path(self) -> str:
        url = self._text("url")
        try:
            parts = urlsplit(url)
        except ValueError:  # brackets without an IPv6 address
            self._problem(f"url is {url!r}; it cannot be read as an address.")
            return ""
        if secret := secret_parameters(parts.query):
            # No sentence may show this address.
            self._problem(
                f"url has the parameter {secret[0]}; leave it out, the token goes into the "
                "header by itself."
            )
            return parts.path
        bases = (self._settings.api_url, self._settings.upload_url)
        origins = {(urlsplit(base).scheme, urlsplit(base).netloc) for base in bases}
        if parts.scheme or parts.netloc:
            if (parts.scheme, parts.netloc) not in origins:
                self._problem(
                    f"url is {url!r}; the token goes to {self._settings.api_url} only, "
                    "so name a path such as /tickets."
                )
        elif url and not url.startswith("/"):
            self._problem(f"url is {url!r}; a path begins with /.")
        if parts.fragment or not url.isprintable() or " " in re.sub(r"\{[^{}]*\}", "", url):
            self._problem(f"url is {url!r}; spaces, control characters and # cannot be in it.")
        return url

    def _headers(self) -> Mapping[str, str]:
        headers, problems = read_headers(self._object("headers"))
        for each in problems:
            self._problem(each)
        return headers

    def _defaults(self, template: Template) -> Mapping[str, Any]:
        defaults = {
            name: each for name, each in self._object("defaults").items() if each is not None
        }
        known = {each.name: each for each in template.fields}
        for name, value in defaults.items():
            if name in known:
                try:
                    for each in listed(value) if template.one_call_per == name else [value]:
                        to_field(known[name], each)
                except ValueProblem as error:
                    self._problem(f"defaults.{name} {error}.")
        return defaults

    def _prefix(self, template: Template) -> str:
        prefix = self._spec.get("prefix", "")
        if "prefix" in self._spec and not template.is_local:
            self._problem("prefix is for endpoint custom_profile only.")
        elif not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            self._problem(f"prefix is {shown(prefix)}; letters, digits, _ and - are allowed.")
        else:
            return prefix
        return ""

    def _batch(self, template: Template) -> BatchRule | None:
        if "batch" not in self._spec:
            return usual_batch(template)
        rule, problems = read_batch(self._spec["batch"], template)
        for each in problems:
            self._problem(each)
        return rule

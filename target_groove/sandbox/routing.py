"""Finds the handler for a method and a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from target_groove.sandbox.call import Call
from target_groove.sandbox.desk import Desk
from target_groove.sandbox.exchange import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

Handler = Callable[[Desk, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path whose parameters are written ``{name}``, and who answers."""

    method: str
    path: str
    handler: Handler


class Router:
    """Routes by their path, literal segments before parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Take the routes in."""
        self._paths: dict[tuple[int, str], list[_Path]] = {}
        for route in routes:
            segments = tuple(route.path.split("/")[1:])
            paths = self._paths.setdefault((len(segments), segments[0]), [])
            path = next((known for known in paths if known.segments == segments), None)
            if path is None:
                path = _Path(segments, {})
                paths.append(path)
                paths.sort(key=lambda item: sum(s.startswith("{") for s in item.segments))
            path.handlers[route.method] = route.handler

    def find(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]]:
        """Return the handler and the decoded parameters.

        Raises:
            Refusal: 404 for an unknown path, 405 for another method than the path's.
        """
        segments = path.split("/")[1:]
        for known in self._paths.get((len(segments), segments[0]), ()):
            raw = known.match(segments)
            if raw is None:
                continue
            handler = known.handlers.get(method)
            if handler is None:
                allowed = ", ".join(sorted(known.handlers))
                raise Refusal(405, {"error": "method not allowed"}, {"allow": allowed})
            return handler, tuple(map(_decoded, raw))
        raise Refusal(404, {"error": "not found"})


@dataclass(frozen=True, slots=True)
class _Path:
    segments: tuple[str, ...]
    handlers: dict[str, Handler]

    def match(self, segments: list[str]) -> list[str] | None:
        """Return the parameters as sent, or None if the path is another one."""
        params = []
        for ours, theirs in zip(self.segments, segments, strict=True):
            if ours.startswith("{"):
                if not theirs:
                    return None
                params.append(theirs)
            elif ours != theirs:
                return None
        return params


def _decoded(param: str) -> str:
    # Groove was seen to refuse an e-mail address whose @ is percent-encoded.
    if "%40" in param:
        raise Refusal(404, {"error": "not found"})
    return unquote(param)

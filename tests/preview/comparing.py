"""A previewed request against the one that arrived."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_groove.sandbox import Sandbox

_PLACEHOLDER = re.compile(r"<[^<>]+>")
_OF_THE_CONNECTION = {"host", "content-length"}


class Comparison:
    """Compares requests in order; each placeholder stands for one value everywhere.

    Attributes:
        values: What each placeholder turned out to be.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._origin = sandbox.api_url.removesuffix("/v1")
        self.values: dict[str, Any] = {}

    def assert_equal(
        self, lines: Sequence[Mapping[str, Any]], calls: Sequence[Mapping[str, Any]]
    ) -> None:
        """Find every request in the preview as it arrived, and no other."""
        previewed = [each for each in lines if each["method"] is not None]
        shown = [f"{each['method']} {each['url'].removeprefix(self._origin)}" for each in previewed]
        arrived = [f"{each['method']} {_address(each)}" for each in calls]
        assert [self._known(each) for each in self._matched(shown, arrived)] == arrived
        for line, call in zip(previewed, calls, strict=True):
            self._compare_body(line, call)
            self._compare_headers(line, call)

    def _matched(self, shown: Sequence[str], arrived: Sequence[str]) -> list[str]:
        for one, other in zip(shown, arrived, strict=False):
            self._learn_from_text(one, other)
        return list(shown)

    def _learn_from_text(self, shown: str, arrived: str) -> None:
        names = _PLACEHOLDER.findall(shown)
        pattern = "([^/]+)".join(map(re.escape, _PLACEHOLDER.split(shown)))
        found = re.fullmatch(pattern, arrived)
        if found:
            for name, value in zip(names, found.groups(), strict=True):
                self.values.setdefault(name, unquote(value))

    def _known(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: str(self.values.get(found[0], found[0])), text)

    def _compare_body(self, line: Mapping[str, Any], call: Mapping[str, Any]) -> None:
        body = line["body"]
        if body is None:
            assert call["raw"] is None
        elif isinstance(body, dict) and set(body) == {"filename", "content_type", "bytes"}:
            assert int(call["headers"]["content-length"]) == body["bytes"]
        elif isinstance(body, str):
            assert call["raw"] == body
        else:
            assert self._filled(body, call["body"]) == call["body"]

    def _filled(self, shown: Any, arrived: Any) -> Any:
        match shown:
            case dict() if isinstance(arrived, dict):
                return {name: self._filled(each, arrived.get(name)) for name, each in shown.items()}
            case list() if isinstance(arrived, list) and len(shown) == len(arrived):
                return [self._filled(*each) for each in zip(shown, arrived, strict=True)]
            case str() if _PLACEHOLDER.fullmatch(shown):
                return self.values.setdefault(shown, arrived)
            case _:
                return shown

    def _compare_headers(self, line: Mapping[str, Any], call: Mapping[str, Any]) -> None:
        shown = {name.lower(): each for name, each in line["headers"].items()}
        assert shown.keys() | {"host"} == call["headers"].keys()
        for name in shown.keys() - _OF_THE_CONNECTION:
            assert shown[name] == call["headers"][name], name
        if not _PLACEHOLDER.search(str(line["body"])) and "content-length" in shown:
            assert shown["content-length"] == call["headers"]["content-length"]


def _address(call: Mapping[str, Any]) -> str:
    query = f"?{call['query']}" if call["query"] else ""
    return f"{call['path']}{query}"

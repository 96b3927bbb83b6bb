"""Telling whether a create is in Groove whose outcome is not known: what all look-ups share.

Groove takes no key of ours with a create (none is on its pages), so a look-up lists what is there
and compares. It errs in one direction only: what cannot be told is `Ambiguous`, for then neither
sending again (a duplicate) nor leaving it (a loss) is safe.

Limits of all look-ups: the clock of this computer must not have been set between the send and the
look-up; and an equal thing that somebody else made after the send is taken for ours if ours is not
there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from target_groove.endpoints.same_text import line


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a create whose outcome is not.

    Attributes:
        url: Absolute URL as sent.
        params: Values of the template's path parameters, not escaped.
        payload: The body as sent, with every look-up resolved. For an upload `filename` and `size`
            of the file, or `files`, a list of such.
        left_at: Our clock just before the request left, in seconds since 1970.
        newest_number: The highest ticket number that was known before it left, if any.
        is_recorded: Tells whether an id of Groove's is recorded for another delivery of ours.
    """

    url: str
    params: Mapping[str, str]
    payload: Mapping[str, Any]
    left_at: float
    newest_number: int | None
    is_recorded: Callable[[str], bool]


@dataclass(frozen=True)
class Fetched:
    """An answer to a look-up.

    Attributes:
        status_code: Its status: 2xx, or 4xx such as 404.
        body: Its body, parsed; None if it is empty.
        server_time: Groove's clock from the `Date` header, whole seconds since 1970, if readable.
        our_time: Our clock when the answer came.
    """

    status_code: int
    body: Any
    server_time: float | None
    our_time: float


class Fetch(Protocol):
    """Gets a path below the base URL, such as `/groups?page=1`.

    It raises what it likes if Groove cannot be reached or refuses the token; look-ups let it pass.
    """

    def __call__(self, path: str) -> Fetched:
        """Get the path."""


@dataclass(frozen=True, slots=True)
class Found:
    """The create is in Groove.

    Attributes:
        resource_id: What addresses it in later calls; empty if nothing does.
    """

    resource_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The create is not in Groove."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Groove's answers do not tell.

    Attributes:
        reason: Why, as one sentence without a full stop.
    """

    reason: str


Finding = Found | Absent | Ambiguous
Finder = Callable[[Evidence, Fetch], Finding]


class UnexpectedAnswer(Exception):
    """An answer is not what a look-up can read; the text is the sentence for the user."""


def ambiguous_if_unexpected(finder: Finder) -> Finder:
    """Let a look-up say `Ambiguous` where an answer of Groove's cannot be read."""

    @functools.wraps(finder)
    def careful(evidence: Evidence, fetch: Fetch) -> Finding:
        try:
            return finder(evidence, fetch)
        except UnexpectedAnswer as answer:
            return Ambiguous(str(answer))

    return careful


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whether a thing in Groove is the one that the create was to make.

    Attributes:
        possible: Whether nothing speaks against it.
        doubt: What leaves it open all the same; empty if nothing does. The end of a sentence.
    """

    possible: bool
    doubt: str = ""


SAME: Final = Likeness(possible=True)
OTHER: Final = Likeness(possible=False)


def doubtful(doubt: str) -> Likeness:
    """Make the likeness of what may be it or not."""
    return Likeness(possible=True, doubt=doubt)


def same_if(condition: bool) -> Likeness:  # noqa: FBT001 - reads like a sentence
    """Make the likeness of what a condition decides."""
    return SAME if condition else OTHER


def same_title(ours: Any, theirs: Any) -> Likeness:
    """Compare titles; what Groove calls a thing that was sent without one is not documented."""
    if line(theirs) and not line(ours):
        return doubtful("it has a title, and none was sent")
    return same_if(line(ours) == line(theirs))


def all_of(*parts: Likeness) -> Likeness:
    """Put the likenesses of several attributes together: one that differs decides."""
    if not all(each.possible for each in parts):
        return OTHER
    return next((each for each in parts if each.doubt), SAME)


def conclude(one: str, many: str, likenesses: Mapping[str, Likeness], *, mark: str = "") -> Finding:
    """Say what came of a look-up.

    Args:
        one: What was looked for, such as `ticket`.
        many: The same in the plural.
        likenesses: For each id that came into question how like it is.
        mark: What is written before an id, such as `#`.
    """
    alike = {name: each.doubt for name, each in likenesses.items() if each.possible}
    if not alike:
        return Absent()
    names = [f"{mark}{name}" for name in alike]
    if len(alike) > 1:
        return Ambiguous(f"{len(alike)} {many} look like it: {', '.join(names)}")
    ((name, doubt),) = alike.items()
    if doubt:
        return Ambiguous(f"{one} {names[0]} looks like it, but {doubt}")
    return Found(name)

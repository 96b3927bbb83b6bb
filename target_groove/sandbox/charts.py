"""Where the bars of a chart stand; the page only draws them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOP, BOTTOM, LEFT = 18, 26, 40
_LEAST_GAP = 62
_FIRST_GAP = 90
"""The first label begins where the others have their middle."""


def bars(
    columns: Sequence[Mapping[str, int]],
    *,
    kinds: Sequence[str],
    titles: Sequence[str],
    labels: Sequence[tuple[float, str]],
    width: int,
    height: int,
) -> dict[str, Any]:
    """Place stacked bars.

    Args:
        columns: The counts of each bar, by kind.
        kinds: The kinds, from the bottom up.
        titles: What is said of each bar to who points at it.
        labels: Words below the axis, each with its place in columns, from the left.
        width: Of the picture.
        height: Of the picture.

    Returns:
        The picture's `width` and `height`; `grid`: lines with their label; `bars`: rectangles with
        their kind; `hits`: a rectangle over each column with its title; `labels`: words with their
        place.
    """
    ticks = _ticks(max((sum(each.values()) for each in columns), default=0))
    base, high = height - BOTTOM, ticks[-1]
    scale = (base - TOP) / high
    slot = (width - LEFT) / max(len(columns), 1)
    bar = max(slot - min(slot * 0.2, 2), 0.6)
    placed = []
    for at, column in enumerate(columns):
        y: float = base
        for kind in kinds:
            if count := column.get(kind, 0):
                tall = count * scale
                y -= tall
                x = LEFT + at * slot + (slot - bar) / 2
                placed.append({"kind": kind, **_rectangle(x, y, bar, max(tall, 1.0))})
    said: list[dict[str, Any]] = []
    for place, text in labels:
        x = round(LEFT + place * slot, 2)
        gap = _FIRST_GAP if len(said) == 1 else _LEAST_GAP
        if x <= width - _LEAST_GAP / 2 and (not said or x - said[-1]["x"] >= gap):
            said.append({"x": x, "text": text})
    return {
        "width": width,
        "height": height,
        "left": LEFT,
        "base": base,
        "grid": [{"y": round(base - tick * scale, 2), "text": f"{tick:,}"} for tick in ticks],
        "bars": placed,
        "hits": [
            {"title": title, **_rectangle(LEFT + at * slot, TOP, slot, base - TOP)}
            for at, title in enumerate(titles)
        ],
        "labels": said,
    }


def _rectangle(x: float, y: float, width: float, height: float) -> dict[str, float]:
    return {
        "x": round(x, 2),
        "y": round(y, 2),
        "width": round(width, 2),
        "height": round(height, 2),
    }


def _ticks(most: int) -> list[int]:
    rough = max(most, 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = max(round(next(each * power for each in (1, 2, 5, 10) if each * power >= rough)), 1)
    return list(range(0, max(most, 1) + step, step))

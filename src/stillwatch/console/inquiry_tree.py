"""The tree of all models by similarity, as lines and names in a drawing: leaves at the right, the root at the left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.console.text import clean
from stillwatch.inquiry import Branch, Member

__all__ = ["MOST_LEAVES", "Leaf", "Tree", "draw_tree"]

MOST_LEAVES = 400
_ROW = 15
_LEFT = 10
_RIGHT = 560  # where the names begin
_WIDTH = 860
_TOP = 8
_FOOT = 34
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Leaf:
    """One model: the y of its row, its name, family and provider, its role."""

    y: float
    model: str
    family: str
    role: str


@dataclass(frozen=True, slots=True)
class Tree:
    """A drawing of `width` by `height`. `branches` is SVG path data; `link` is the part that joins suspect and teacher.

    `ticks` are (x, label) of the distance at which branches join; `start` is the distance where the axis begins,
    `distance` that at which suspect and teacher join, None where one of them is missing.
    """

    width: int
    height: int
    names: int
    leaves: tuple[Leaf, ...]
    branches: str
    link: str
    ticks: tuple[tuple[float, str], ...]
    start: float
    roles: frozenset[str]
    distance: float | None


def draw_tree(members: Sequence[Member], branches: Sequence[Branch]) -> Tree | None:
    """None where there is nothing to draw: under two models, over MOST_LEAVES, or branches that make no single tree."""
    count = len(members)
    if not 2 <= count <= MOST_LEAVES or len(branches) != count - 1 or not _is_tree(count, branches):
        return None
    rows = _rows(count, branches)
    y = [_TOP + _ROW * (row + 0.5) for row in rows] + [0.0] * len(branches)
    for node, branch in enumerate(branches, start=count):
        y[node] = (y[branch.left] + y[branch.right]) / 2
    nearest, farthest = (edge(branch.distance for branch in branches) for edge in (min, max))
    # Joins far from zero would all crowd at the root: the axis then begins short of the first one, and says so.
    start = 0.0 if nearest < 0.35 * farthest else max(0.0, nearest - 0.1 * (farthest - nearest) - 0.01 * farthest)
    span = (farthest - start) or 1.0

    def x(distance: float) -> float:
        return round(_RIGHT - (_RIGHT - _LEFT) * min(1.0, max(0.0, (distance - start) / span)), 1)

    at = [float(_RIGHT)] * count + [x(branch.distance) for branch in branches]
    roles = {member.role: leaf for leaf, member in enumerate(members) if member.role in ("suspect", "teacher")}
    lit, meeting = _between(count, branches, roles.get("suspect"), roles.get("teacher"))
    plain: list[str] = []
    bright: list[str] = []
    for node, branch in enumerate(branches, start=count):
        for child in (branch.left, branch.right):
            (bright if child in lit else plain).append(f"M{at[node]} {y[node]:.1f}V{y[child]:.1f}H{at[child]}")
    plain.append(f"M{at[-1]} {y[-1]:.1f}H{_LEFT - 6}")
    return Tree(
        width=_WIDTH,
        height=_TOP + _ROW * count + _FOOT,
        names=_RIGHT + 8,
        leaves=tuple(
            Leaf(y[leaf], clean(member.model, 34) or "no name", clean(member.family, 20), clean(member.role, 10))
            for leaf, member in sorted(enumerate(members), key=lambda pair: rows[pair[0]])
        ),
        branches="".join(plain),
        link="".join(bright),
        ticks=tuple((x(value), f"{value:.2f}") for value in (start + span * n / _TICKS for n in range(_TICKS + 1))),
        start=start,
        roles=frozenset(member.role for member in members),
        distance=None if meeting is None else branches[meeting - count].distance,
    )


def _is_tree(count: int, branches: Sequence[Branch]) -> bool:
    """Whether every node but the last joins exactly once, and only nodes that stand before."""
    used: set[int] = set()
    for node, branch in enumerate(branches, start=count):
        children = {branch.left, branch.right}
        if len(children) < 2 or children & used or min(children) < 0 or max(children) >= node:
            return False
        if not math.isfinite(branch.distance) or abs(branch.distance) > 1e12:
            return False
        used |= children
    return True


def _rows(count: int, branches: Sequence[Branch]) -> list[int]:
    """The row of each leaf, from top to bottom, so that no two branches cross."""
    rows = [0] * count
    waiting = [count + len(branches) - 1]
    row = 0
    while waiting:
        node = waiting.pop()
        if node < count:
            rows[node] = row
            row += 1
        else:
            waiting += [branches[node - count].right, branches[node - count].left]
    return rows


def _between(count: int, branches: Sequence[Branch], one: int | None, other: int | None) -> tuple[set[int], int | None]:
    """The nodes on the way from leaf `one` to leaf `other` without the node where they meet, and that node."""
    if one is None or other is None:
        return set(), None
    parent = {child: node for node, b in enumerate(branches, start=count) for child in (b.left, b.right)}
    ways = []
    for leaf in (one, other):
        way = [leaf]
        while way[-1] in parent:
            way.append(parent[way[-1]])
        ways.append(way)
    meeting = next(node for node in ways[0] if node in set(ways[1]))
    return {node for way in ways for node in way[: way.index(meeting)]}, meeting

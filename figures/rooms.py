"""Draw the rooms of the library and who imports whom: rooms.svg beside this file.

Usage: python figures/rooms.py

The picture is read off the imports in src/recotour_vae, those inside functions included. A room is
a package or a file at the top, but for doors: files that only say where something is now. What
imports nothing but errors, and is imported, is the ground on which all stand. Above it every room
stands higher than those it imports; an arrow that two others already say (a to b, b to c) is left
out.
"""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Final

from drawing import (
    BLACK,
    BLUE,
    RULE,
    STONE,
    WIDTH,
    arrow,
    box,
    card,
    head,
    line,
    text,
)

SOURCE: Final = Path(__file__).parents[1] / "src" / "recotour_vae"
BOX, LANE = 158, 14  # widths of a room, and of an arrow that passes a row
GAP = 34  # between them, where there is room
ROW, HEIGHT = 92, 46  # from row to row, and of a room
TOP: Final = 106
TITLE: Final = "The rooms of the library"
Graph = dict[str, set[str]]
Edge = tuple[str, str]


def imported(path: Path) -> Iterator[str]:
    """Yield the rooms that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == SOURCE.name:
            _, *below = str(node.module).split(".")
            yield from below[:1] or (alias.name for alias in node.names)


def doors() -> list[Path]:
    """Return the files at the top that look up all their names somewhere else."""
    return [path for path in SOURCE.glob("[!_]*.py") if "\n__getattr__ = " in path.read_text()]


@cache
def rooms() -> Graph:
    """Return what each room imports."""
    found: Graph = {}
    for path in sorted(set(SOURCE.rglob("*.py")) - {*doors()}):
        name = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        found.setdefault(name, set()).update(imported(path))
    found.pop("__init__")
    return {name: others & set(found) - {name} for name, others in found.items()}


def ground(graph: Graph) -> list[str]:
    """Return the rooms that stand on nothing and carry others."""
    carried = set().union(*graph.values())
    return sorted(name for name in carried if graph[name] <= {"errors"})


def above(graph: Graph) -> Graph:
    """Return the rooms above the ground, and which of these they import."""
    low = set(ground(graph))
    return {name: others - low for name, others in sorted(graph.items()) if name not in low}


def reached(name: str, graph: Graph) -> set[str]:
    """Return all rooms that stand below one."""
    return graph[name].union(*(reached(other, graph) for other in graph[name]))


def arrows(graph: Graph) -> list[Edge]:
    """Return who imports whom, without what follows from others."""
    return [
        (name, other)
        for name, others in graph.items()
        for other in sorted(others)
        if not any(other in reached(between, graph) for between in others)
    ]


def level(name: str, graph: Graph) -> int:
    """Count the rooms below one, one under the other."""
    return max((1 + level(other, graph) for other in graph[name]), default=0)


# Rows: the rooms of a level, and a lane for each arrow that passes by to a lower one.


def with_lanes(graph: Graph) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows from the top, and the way of each arrow through them."""
    levels = {name: level(name, graph) for name in graph}
    rows: list[list[str]] = [[] for _ in range(max(levels.values()) + 1)]
    for name in graph:
        rows[levels[name]].append(name)
    ways = []
    for one, other in arrows(graph):
        passed = range(levels[one] - 1, levels[other], -1)
        for at in passed:
            rows[at].append(f"{one}>{other}@{at}")
        ways.append([one, *(f"{one}>{other}@{at}" for at in passed), other])
    return in_order(rows[::-1], ways), ways


def in_order(rows: list[list[str]], ways: list[list[str]]) -> list[list[str]]:
    """Move each to the middle of its neighbours, again and again."""
    near: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for way in ways:
        for one, other in pairwise(way):
            near[one].append(other)
            near[other].append(one)
    for _ in range(24):
        for at, row in enumerate(rows):
            x = middles(rows)
            wish = {n: sum(x[o] for o in near[n]) / len(near[n]) for n in row if near[n]}
            rows[at] = sorted(row, key=lambda name: (round(wish.get(name, x[name])), name))
    return rows


def middles(rows: list[list[str]]) -> dict[str, float]:
    """Return where the middle of each room and lane is, its row centred."""
    found = {}
    for row in rows:
        widths = sum(wide(name) for name in row)
        gap = min(GAP, (WIDTH - 48 - widths) / max(len(row) - 1, 1))
        x = (WIDTH - widths - gap * (len(row) - 1)) / 2
        for name in row:
            found[name] = x + wide(name) / 2
            x += wide(name) + gap
    return found


def wide(name: str) -> int:
    """Return the width of a room or a lane."""
    return LANE if ">" in name else BOX


# The picture.


def way(names: list[str], x: dict[str, float], y: dict[str, int]) -> str:
    """Draw an arrow from a room past others to the one it imports."""
    points = [f"M{x[names[0]]:.0f} {y[names[0]] + HEIGHT // 2}"]
    for name in names[1:-1]:
        points += [f"L{x[name]:.0f} {y[name] - HEIGHT // 2} V{y[name] + HEIGHT // 2}"]
    return arrow(" ".join([*points, f"L{x[names[-1]]:.0f} {y[names[-1]] - HEIGHT // 2 - 3}"]))


def room(name: str, x: float, y: int) -> list[str]:
    """Draw a room with its name."""
    return [box(round(x - BOX / 2), y, BOX, HEIGHT, BLUE), text(round(x), y + 7, name, 19)]


def beside(names: list[str], y: int) -> list[str]:
    """Draw the rooms that no arrow leads to or from: called by name, or by chapters alone."""
    if not names:
        return []
    x = middles([names])
    return [
        line(f"M24 {y} H{WIDTH - 24}", RULE, width=2),
        text(24, y + 32, "Imported by no other room", 19, anchor="start"),
        *(part for name in names for part in room(name, x[name], y + 72)),
    ]


def floor(names: list[str], y: int) -> list[str]:
    """Draw the ground, with what it is made of."""
    tall = 56 + 28 * len(lines_of(names))
    return [
        f'<rect x="24" y="{y}" width="{WIDTH - 48}" height="{tall}" rx="7" fill="{STONE}"/>',
        text(WIDTH / 2, y + 32, "What all of them stand on", 20, weight="bold"),
        *(text(WIDTH / 2, y + 64 + 28 * n, words, 19) for n, words in enumerate(lines_of(names))),
    ]


def lines_of(names: list[str]) -> list[str]:
    """Break a list of names into lines."""
    return [words.strip(" ·") for words in wrap(" · ".join(names), 58)]


def apart(graph: Graph) -> tuple[Graph, list[str]]:
    """Take out the rooms that no arrow leads to or from."""
    needed = set().union(*graph.values())
    alone = [name for name, others in graph.items() if not others and name not in needed]
    return {name: others for name, others in graph.items() if name not in alone}, alone


def draw() -> str:
    """Compose the picture."""
    low = ground(rooms())
    graph, alone = apart(above(rooms()))
    rows, ways = with_lanes(graph)
    x, y = middles(rows), {name: TOP + ROW * at for at, row in enumerate(rows) for name in row}
    line_at = TOP + ROW * len(rows) - 30
    below = line_at + (118 if alone else 0)
    parts = [
        text(24, 46, TITLE, 27, anchor="start", weight="bold"),
        *(way(names, x, y) for names in ways),
        *(part for name in graph for part in room(name, x[name], y[name])),
        *beside(alone, line_at),
        *floor(low, below),
    ]
    height = below + 80 + 28 * len(lines_of(low))
    return card(TITLE, in_words(rows, ways, alone, low), height, [head(BLACK)], parts)


def in_words(rows: list[list[str]], ways: list[list[str]], alone: list[str], low: list[str]) -> str:
    """Say what the picture shows."""
    levels = "; ".join(", ".join(name for name in row if ">" not in name) for row in rows)
    joined = ", ".join(f"{names[0]} to {names[-1]}" for names in ways)
    return (
        f"Boxes in rows, from the top: {levels}. Arrows lead downwards only, from a room to one "
        f"that it imports: {joined}. Beside them, joined to none, stand {', '.join(alone)}. "
        f"Below all is the ground: {', '.join(low)}."
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")

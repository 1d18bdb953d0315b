"""Write formulas so that any notebook program can typeset them: without the book's macros.

JupyterLab and Colab typeset with MathJax, VS Code with KaTeX, and none of them reads the book's
settings. So each macro of `_config.yml` is replaced by what it stands for.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

# A macro's text, or its text and how many arguments it takes, as MathJax is told.
Macros = Mapping[str, str | Sequence[str | int]]

NAME: Final = re.compile(r"\\([A-Za-z]+)")
COMMAND: Final = re.compile(r"\\[A-Za-z]+\s*$")  # at an end: it may be waiting for an argument
OPERATOR: Final = r"\operatorname"  # has spaces of its own around it, which braces take away
BAR: Final = re.compile(r"\\\||\|")
BARS: Final = {"|": r"\vert ", r"\|": r"\Vert "}


def expand(formula: str, macros: Macros) -> str:
    """Replace the macros in a formula, those inside of macros too."""
    start = 0
    while found := NAME.search(formula, start):
        if found[1] not in macros:
            start = found.end()
            continue
        text, n_arguments = _definition(macros[found[1]])
        arguments, end = _arguments(formula, found.end(), n_arguments)
        before, after = formula[: found.start()], formula[end:]
        text = _filled(text, arguments) if arguments else _fitted(text, before, after)
        formula, start = before + text + after, found.start()
    return formula


def _definition(macro: str | Sequence[str | int]) -> tuple[str, int]:
    if isinstance(macro, str):
        return macro, 0
    return str(macro[0]), int(macro[1]) if len(macro) > 1 else 0


def _arguments(formula: str, place: int, n: int) -> tuple[list[str], int]:
    """Read so many arguments from a place on, and say where they end."""
    found = []
    for _ in range(n):
        place += len(formula[place:]) - len(formula[place:].lstrip())
        end = _end_of_group(formula, place)
        group = formula[place:end]
        found.append(group[1:-1] if group.startswith("{") else group)
        place = end
    return found, place


def _end_of_group(formula: str, place: int) -> int:
    """Find where a group in braces, a control sequence or a character ends."""
    if formula[place] != "{":
        command = NAME.match(formula, place)
        return command.end() if command else place + 1
    depth = 0
    for at in range(place, len(formula)):
        if formula[at] in "{}" and (at == 0 or formula[at - 1] != "\\"):
            depth += 1 if formula[at] == "{" else -1
            if depth == 0:
                return at + 1
    raise ValueError(f"A brace is not closed in the formula {formula!r}.")


def _filled(text: str, arguments: list[str]) -> str:
    return re.sub(r"#(\d)", lambda place: arguments[int(place[1]) - 1], text)


def _fitted(text: str, before: str, after: str) -> str:
    """Keep a macro's text together where it is an argument, and apart from letters behind it.

    KaTeX takes a macro for the argument of what stands before it, an accent say, but not its text.
    """
    power = before.rstrip().endswith(("_", "^"))
    if power or (COMMAND.search(before) and not text.startswith(OPERATOR)):
        return f"{{{text}}}"
    return f"{text} " if re.search(r"\\[A-Za-z]+$", text) and after[:1].isalpha() else text


def inline(formula: str) -> str:
    """Write a formula into a sentence; no space inside the dollars, or KaTeX sees none."""
    return f"${' '.join(formula.split())}$"


def in_table(formula: str) -> str:
    """Write a formula into a cell of a table, where a bar would begin the next cell."""
    return inline(BAR.sub(lambda bar: BARS[bar[0]], formula))


def display(formula: str, number: str | None) -> str:
    """Write a formula on lines of its own, with its number."""
    parts = [_aligned(part.strip()) for part in formula.split("\n\n") if part.strip()]
    lines = r" \\ ".join(parts)
    whole = lines if len(parts) == 1 else rf"\begin{{gathered}}{lines}\end{{gathered}}"
    tag = rf" \tag{{{number}}}" if number else ""
    return f"$$\n{whole}{tag}\n$$"


def _aligned(part: str) -> str:
    r"""Put lines under each other, as Sphinx does where a formula has a `\\` of its own."""
    bare = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", part, flags=re.DOTALL)
    return rf"\begin{{aligned}}{part}\end{{aligned}}" if r"\\" in bare else part

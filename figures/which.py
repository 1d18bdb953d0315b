"""Draw the questions that lead to a model: which.svg beside this file.

Usage: python figures/which.py

The questions are those of `recotour_book.which`; here is only where they stand. Each answer links
to the source of its chapter, which the book's page turns into its own links
(`book/_ext/linked_pictures.py`).
"""

from pathlib import Path
from typing import Final

from drawing import AMBER, BLACK, BLUE, PALE, WIDTH, arrow, box, card, head, text

from recotour_book.which import RULES, Rule

TITLE: Final = "Which model to begin with"
LEFT, WIDE, HIGH = 32, 424, 112  # of a question
ANSWER: Final = 236  # width of an answer
RIGHT: Final = WIDTH - 36 - ANSWER  # where answers begin
TOP: Final = 134  # of the middle of the first row
ROW: Final = 150
LINE: Final = 27
LAST: Final = len(RULES) - 1
HEIGHT: Final = TOP + LAST * ROW + HIGH // 2 + 30


def question(rule: Rule, y: int) -> list[str]:
    """Draw a question with its two ways on."""
    middle = LEFT + WIDE // 2
    first, second = rule.question
    return [
        box(LEFT, y, WIDE, HIGH, AMBER),
        text(middle, y - 22, rule.about, 22, weight="bold"),
        text(middle, y + 8, first),
        text(middle, y + 8 + LINE, second),
        arrow(f"M{LEFT + WIDE + 2} {y} H{RIGHT - 4}"),
        text((LEFT + WIDE + RIGHT) / 2 - 4, y - 12, "yes"),
        arrow(f"M{middle} {y + HIGH // 2 + 2} V{y + ROW - HIGH // 2 - 4}"),
        text(middle + 12, y + ROW // 2 + 6, "no", anchor="start"),
    ]


def answer(rule: Rule, x: float, y: int, wide: int) -> str:
    """Draw an answer as a link to its chapter, with a title for who hears the picture."""
    middle = x + wide / 2
    drawn = (
        f'<rect x="{x:g}" y="{y - 44}" width="{wide}" height="88" rx="30" '
        f'fill="{PALE[BLUE]}" stroke="{BLUE}" stroke-width="2.5"/>'
        + text(middle, y - 7, rule.model, 22, weight="bold")
        + text(middle, y + 23, f"else {rule.fallback}")
    )
    title = f"<title>{rule.model}, else {rule.fallback}</title>"
    return f'<a href="../book/{rule.chapter}.ipynb">{title}{drawn}</a>'


def in_words() -> str:
    """Say what the picture shows."""
    asked = " ".join(
        f"{rule.about}: {' '.join(rule.question)} If so, {rule.model}, else {rule.fallback}."
        for rule in RULES[:-1]
    )
    last = RULES[-1]
    return (
        "Questions from top to bottom; a yes leads to an answer on the right, a no to the next "
        f"question. {asked} If no question is answered with yes, {last.model}, else "
        f"{last.fallback}."
    )


def draw() -> str:
    """Compose the picture."""
    parts = [text(WIDTH / 2, 46, TITLE, 27, weight="bold")]
    for n, rule in enumerate(RULES[:-1]):
        y = TOP + n * ROW
        parts += [*question(rule, y), answer(rule, RIGHT, y, ANSWER)]
    parts.append(answer(RULES[-1], LEFT, TOP + LAST * ROW - 8, WIDE))
    return card(TITLE, in_words(), HEIGHT, [head(BLACK)], parts)


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(draw(), encoding="utf-8")

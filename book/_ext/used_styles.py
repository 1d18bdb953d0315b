"""Take out of the themes' styles the rules that nothing in the book can match.

Every page loads them, and most of their rules are for things that this book has not. A rule stays
unless each of its selectors asks for a class that no page has and no script names.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from written_pages import html_pages, is_html

STYLES = ("styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css", "sphinx-design.min.css")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WORD = re.compile(r"[\w-]+")
COMPOSED = ("bs-",)  # beginnings of classes that scripts put together
NEGATION = re.compile(r":not\([^()]*\)")


def words(text: str) -> set[str]:
    """Return what may be a class in a page or a script."""
    return set(WORD.findall(text))


def can_match(selector: str, known: set[str]) -> bool:
    """Tell whether the book may have what a selector asks for."""
    asked = CLASS.findall(NEGATION.sub("", selector))
    return all(name in known or name.startswith(COMPOSED) for name in asked)


def purge(style: str, known: set[str]) -> str:
    """Return a style without the rules that cannot match."""

    def keep(rule: re.Match[str]) -> str:
        # A selector with brackets, such as `:is(.a,.b)`, cannot be cut at its commas: it stays.
        selectors = rule[1].split(",") if "(" not in NEGATION.sub("", rule[1]) else [""]
        is_special = "@" in rule[1] or ";" in rule[1]
        used = is_special or any(can_match(selector, known) for selector in selectors)
        return rule[0] if used else ""

    return RULE.sub(keep, style)


def known_words(app: Sphinx) -> set[str]:
    """Return all words of the pages and scripts of a build."""
    places = [*html_pages(app), *Path(app.outdir, "_static").rglob("*.js")]
    return set().union(*(words(path.read_text(encoding="utf-8")) for path in places))


def purge_styles(app: Sphinx, exception: Exception | None) -> None:
    """Purge the styles once everything is written."""
    if not is_html(app, exception):
        return
    known = known_words(app)
    for path in (Path(app.outdir, "_static", name) for name in STYLES):
        if path.is_file():
            path.write_text(purge(path.read_text(encoding="utf-8"), known), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", purge_styles, priority=850)  # once all pages are as they will be
    return {"parallel_read_safe": True, "parallel_write_safe": True}

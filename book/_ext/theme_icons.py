"""Give pages the icons that they show, out of the two thousand of the theme.

The theme comes with Font Awesome three times: a script that draws the icons (1.5 MB, loaded by
every page), fonts, and a rule of style for each icon. Here the script goes, and of the fonts and
rules what the pages, the styles and the theme's own scripts use stays: a few kilobytes. The
icons, and all that the theme's scripts do with them, stay as they are.
"""

import logging
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from written_pages import edit_pages, html_pages, is_html

STYLE = "styles/pydata-sphinx-theme.css"
STYLES = (STYLE, "styles/sphinx-book-theme.css")
FONTS = "vendor/fontawesome/webfonts"
SCRIPTS = ("scripts/pydata-sphinx-theme.js", "scripts/sphinx-book-theme.js")
SCRIPT = re.compile(r'\s*<script\b[^>]*\bsrc="[^"]*/fontawesome\.js[^"]*"[^>]*>\s*</script>')
# A rule of style such as `.fa-close:before,.fa-xmark:before{content:"\f00d"}`.
RULE = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"\\?([^"]+?)\s?"\}')
# A character of an icon, in a rule's name for it or as it is: those for private use.
CHARACTER = re.compile(r'"\\([ef][0-9a-f]{3})"|"([\ue000-\uf8ff])"')
NAME = re.compile(r"\bfa-[a-z0-9-]+")
SOURCE = re.compile(
    r'src:url\(([^)]*/(fa-\w+-\d+))\.woff2\) format\("woff2"\),'
    r'url\([^)]*\.ttf\) format\("truetype"\)'
)
# The style speaks of the `svg` that the script would have put in the place of an `i`.
DRAWN = re.compile(r"(>:not\(|form\.bd-search |\.btn )svg\b")
ICON = re.compile(r'<i (class="[^"]*\bfa-[^>]*)>')


# What is used.


def names_in(text: str) -> set[str]:
    """Return the names of icons in a page or script."""
    return set(NAME.findall(text))


def used_names(app: Sphinx) -> set[str]:
    """Return the names of icons that pages hold and the theme's scripts may add."""
    static = Path(app.outdir, "_static")
    places = [*html_pages(app), *(static / script for script in SCRIPTS)]
    return set().union(*(names_in(path.read_text(encoding="utf-8")) for path in places))


def is_used(selectors: str, names: set[str]) -> bool:
    """Tell whether a rule is one of an icon that is used."""
    return bool(names & set(NAME.findall(selectors)))


# What stays of the style and the fonts.


def drop_rules(style: str, names: set[str]) -> str:
    """Return the style without the rules of icons that no page uses."""
    return RULE.sub(lambda rule: rule[0] if is_used(rule[1], names) else "", style)


def characters(style: str) -> set[int]:
    """Return the characters of icons that a style asks for."""
    found = CHARACTER.findall(style)
    return {int(code, 16) if code else ord(character) for code, character in found}


def cut_font(source: Path, target: Path, wanted: set[int]) -> None:
    """Write the characters of a font that are wanted, none of them perhaps, as WOFF."""
    font = TTFont(source)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells each table
    options = subset.Options(layout_features=[], hinting=False, name_IDs=[])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted & set(font.getBestCmap()))
    cutter.subset(font)
    font.flavor = "woff"
    font.save(target)


def cut_fonts(folder: Path, wanted: set[int]) -> None:
    """Replace the fonts of a folder by what is wanted of them."""
    for source in sorted(folder.glob("*.ttf")):
        cut_font(source, source.with_suffix(".woff"), wanted)
        source.unlink()
        source.with_suffix(".woff2").unlink()


def cut_icons(app: Sphinx, exception: Exception | None) -> None:
    """Cut the style and the fonts down once everything is written."""
    static = Path(app.outdir, "_static")
    style = static / STYLE
    if not is_html(app, exception) or not style.is_file():
        return
    edit_pages(app, leave_out_script)
    whole = style.read_text(encoding="utf-8")
    short = drop_rules(whole, used_names(app))
    check(whole, short)
    style.write_text(short, encoding="utf-8")
    for name in STYLES:
        restyle(static / name)
    cut_fonts(static / FONTS, characters(short))
    (static / "scripts/fontawesome.js").unlink()


def restyle(path: Path) -> None:
    """Let a style speak of the fonts as they are cut, and of icons as they stand in the pages."""
    text = SOURCE.sub(r'src:url(\1.woff) format("woff")', path.read_text(encoding="utf-8"))
    path.write_text(DRAWN.sub(r"\1i", text), encoding="utf-8")


def check(whole: str, short: str) -> None:
    """Raise an error when the theme is not what this extension knows how to cut."""
    if len(SOURCE.findall(whole)) != 3 or len(RULE.findall(whole)) < 1000 or not characters(short):
        raise ExtensionError(
            "The theme's Font Awesome is not as theme_icons.py expects it: see what has changed "
            f"in its {STYLE}."
        )


def leave_out_script(name: str, page: str) -> str:
    """Return a page without the script, whose icons are not read aloud."""
    silent = ICON.sub(r'<i \1 aria-hidden="true">', page)
    return SCRIPT.sub("", silent)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", cut_icons, priority=800)  # after all who copy files
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What stays of the theme's icons: those that are used, and they alone."""

import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError
from tables_book import load_extension

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
PAGE = """<head><script defer src="_static/scripts/fontawesome.js?digest=1"></script>
<script defer src="_static/scripts/bootstrap.js"></script></head>
<body><i class="theme-switch fa-solid fa-sun  fa-lg" data-mode="light"></i></body>"""
SUN, CROSS, BELL, GHOST = 0xF185, 0xF00D, 0xF0F3, 0xF6E2


@pytest.fixture(scope="module")
def icons() -> ModuleType:
    return load_extension("theme_icons")


@pytest.fixture(scope="module")
def built(icons, tmp_path_factory):
    """A build with one page and the theme's own files, once its icons are cut."""
    folder = tmp_path_factory.mktemp("icons")
    static = folder / "_static"
    for name in (*icons.STYLES, *icons.SCRIPTS, "scripts/fontawesome.js"):
        copy_or_fake(static / name, THEME / name)
    for font in (THEME / icons.FONTS).iterdir():
        copy_or_fake(static / icons.FONTS / font.name, font)
    (folder / "page.html").write_text(PAGE)
    icons.cut_icons(SimpleNamespace(outdir=folder, builder=SimpleNamespace(format="html")), None)
    return folder


def copy_or_fake(target, source):
    """Copy a file of the theme; one that another theme brings is empty here."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes() if source.is_file() else b"")


@pytest.mark.slow
def test_the_script_goes_and_other_scripts_stay(built):
    page = (built / "page.html").read_text()
    assert "fontawesome" not in page
    assert "bootstrap.js" in page
    assert not list(built.rglob("fontawesome.js"))


def test_an_icon_is_not_read_aloud_and_keeps_its_classes_and_data(built):
    (icon,) = re.findall(r"<i [^>]*>", (built / "page.html").read_text())
    assert 'aria-hidden="true"' in icon
    assert 'data-mode="light"' in icon
    assert "fa-sun" in icon


def test_the_fonts_hold_what_page_script_and_style_use_and_little_else(built, icons):
    (solid,) = built.rglob("fa-solid-900.woff")
    characters = set(TTFont(solid).getBestCmap())
    assert {SUN, CROSS, BELL} <= characters, "of the page, of a script, of the style"
    assert GHOST not in characters
    assert solid.stat().st_size < 5_000
    assert not [*built.rglob("*.woff2"), *built.rglob("*.ttf")]


def test_the_style_names_the_fonts_that_are_there(built, icons):
    style = (built / "_static" / icons.STYLE).read_text()
    fonts = re.findall(r"url\((\.\./vendor/[^)]*)\)", style)
    assert len(fonts) == 3
    assert all((built / "_static/styles" / font).is_file() for font in fonts)
    assert ".fa-sun:before" in style
    assert ".fa-ghost:before" not in style


def test_the_style_speaks_of_no_drawn_icon(built, icons):
    style = (built / "_static" / icons.STYLE).read_text()
    assert not re.search(r"search[^{},]*\bsvg\b", style)


def test_another_theme_is_an_error_that_says_where_to_look(icons):
    with pytest.raises(ExtensionError, match=r"not as theme_icons\.py expects"):
        icons.check("body{}", "body{}")

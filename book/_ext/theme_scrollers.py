"""Let one script say what scrolls.

The theme looks through a page's code and tables once it is loaded, all in one go, to make those
that scroll stops of the keyboard. To measure them the browser has to lay out the whole page, which
stops it for half a second on a slow machine. `_static/scrollers.js` does the same for formulas too,
and a little at a time; here the theme's own look is taken out of its script.
"""

import re
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from written_pages import is_html

SCRIPT: Final = "scripts/pydata-sphinx-theme.js"
# What the function does to each element that its list of selectors finds, as minified.
LOOK: Final = re.compile(
    r'(document\.querySelectorAll\()\["pre",[^\]]*\]\.join\(", "\)'
    r"(\)\.forEach\((\w)=>\{\3\.tabIndex=\3\.scrollWidth>\3\.clientWidth\|\|)"
)
NOTHING: Final = r'\1"not-looked-for"\2'


def leave_to_ours(script: str) -> str:
    """Return the theme's script with a look that finds nothing.

    Raises
    ------
    ExtensionError
        When the script does not hold it once.
    """
    changed, count = LOOK.subn(NOTHING, script)
    if count != 1:
        raise ExtensionError(
            f"The theme's {SCRIPT} looks for what scrolls in {count} places, not in one as "
            "theme_scrollers.py expects: see what has changed in it."
        )
    return changed


def edit_script(app: Sphinx, exception: Exception | None) -> None:
    """Edit the copy of the script in a build."""
    path = Path(app.outdir, "_static", SCRIPT)
    if not is_html(app, exception):
        return
    text = path.read_text(encoding="utf-8")
    if "not-looked-for" not in text:  # a build that copied nothing anew
        path.write_text(leave_to_ours(text), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", edit_script, priority=900)  # after all who copy files
    return {"parallel_read_safe": True, "parallel_write_safe": True}

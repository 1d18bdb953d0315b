"""Scripts and styles that only some pages load.

Jupyter Book lists every script and style under `_static` on every page. An extension that keeps
its files there takes them off those lists, and then lists them itself on the pages that need them.
"""

from functools import partial

from sphinx.application import Sphinx
from sphinx.config import Config


def name_of(entry: str | tuple[str, object]) -> str:
    """Return the file that an entry of such a list names."""
    return entry if isinstance(entry, str) else entry[0]


def unlist(names: tuple[str, ...], app: Sphinx, config: Config) -> None:
    """Take these files off the lists of what every page loads."""
    for files in (config.html_js_files, config.html_css_files):
        files[:] = [entry for entry in files if name_of(entry) not in names]


def only_where_listed(app: Sphinx, *names: str) -> None:
    """Let no page load these files unless they are listed for it."""
    app.connect("config-inited", partial(unlist, names))

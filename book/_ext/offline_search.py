"""Let the search work on pages opened from disk.

Sphinx shows a few words of context under each result, which it gets by fetching the page that was
found. Browsers refuse such a fetch for pages opened from disk (`file://`), so there every result
would come with an error. Opened from disk, the results therefore come without context; opened
from a server, nothing changes.
"""

from sphinx.application import Sphinx

SCRIPT = 'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: object, doctree: object
) -> None:
    """Add the switch to the search page, after the options that it changes."""
    if pagename == "search":
        app.add_js_file(None, body=SCRIPT, priority=900)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

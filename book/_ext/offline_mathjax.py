"""Serve MathJax from the build: one bundled file, no fonts and no other request.

`tex-svg-full.js` holds the whole of MathJax with every TeX extension and draws SVG, so a page
needs neither web fonts nor the extensions that the smaller bundles fetch when they meet a macro.
The file (2.3 MB, Apache-2.0) comes from the installed package `sphinx-mathjax-offline`, whose
own extension would copy all of MathJax, more than ten times that, into every build.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.fileutil import copy_asset_file

PACKAGE = "sphinx-mathjax-offline"
BUNDLE = "tex-svg-full.js"


def find_bundle() -> Path:
    """Return the path of the bundle inside the installed package."""
    try:
        inside = distribution(PACKAGE).locate_file(f"{PACKAGE}/static/mathjax/{BUNDLE}")
    except PackageNotFoundError as error:
        raise ExtensionError(
            f"The package {PACKAGE} is not installed, so the book would have no mathematics "
            "offline: run `make env`."
        ) from error
    return Path(str(inside))


def copy_bundle(app: Sphinx, exception: Exception | None) -> None:
    """Copy the bundle next to the pages' other scripts once they are written."""
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "mathjax"
        target.mkdir(parents=True, exist_ok=True)
        copy_asset_file(str(find_bundle()), str(target))


def point_at_bundle(app: Sphinx, config: object) -> None:
    """Make every page load the copy."""
    app.config.mathjax_path = f"mathjax/{BUNDLE}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("config-inited", point_at_bundle)
    app.connect("build-finished", copy_bundle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

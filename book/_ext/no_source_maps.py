"""Leave the theme's source maps out of the build.

They are over three megabytes that no page loads: a browser asks for one only when somebody opens
its debugger on the theme's own scripts.
"""

from pathlib import Path

from sphinx.application import Sphinx


def remove_maps(app: Sphinx, exception: Exception | None) -> None:
    """Remove the maps once everything is written."""
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir, "_static").rglob("*.map"):
            path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", remove_maps, priority=900)  # after all who copy files
    return {"parallel_read_safe": True, "parallel_write_safe": True}

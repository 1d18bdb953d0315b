"""Change pages once all are written: what no template, directive or writer can reach by itself."""

from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx


def html_pages(app: Sphinx) -> list[Path]:
    """Return the pages of a build, those of an earlier one that it left as they were too."""
    folder = Path(app.outdir)
    static = folder / "_static"
    return [path for path in sorted(folder.rglob("*.html")) if static not in path.parents]


def edit_pages(app: Sphinx, edit: Callable[[str, str], str]) -> None:
    """Write each page anew for which `edit`, given its name and text, returns another text."""
    for path in html_pages(app):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(app.outdir).with_suffix("").as_posix()
        changed = edit(name, text)
        if changed != text:
            path.write_text(changed, encoding="utf-8")


def is_html(app: Sphinx, exception: Exception | None) -> bool:
    """Tell whether a build that has ended left pages."""
    return exception is None and app.builder.format == "html"

"""The edition's files among the pages: notebooks, their list of contents, one zip of all."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import nbformat
from markupsafe import Markup
from sphinx.application import Sphinx

FOLDER: Final = "notebooks"
ALL: Final = "recotour-vae-notebooks"
CONTENTS: Final = "contents"
KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}
DAY: Final = (2026, 1, 1, 0, 0, 0)  # a zip has times, and the same files should be the same zip


def write(app: Sphinx, name: str, cells: Iterable[Any]) -> None:
    """Write a notebook among the pages."""
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    path = Path(app.outdir, FOLDER, f"{name}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{nbformat.writes(notebook)}\n", encoding="utf-8")


def contents(app: Sphinx, names: Iterable[str]) -> str:
    """List the notebooks by their parts, each with a link."""
    lines = [f"# {app.config.html_title or app.config.project}"]
    names = set(names)
    for part in app.config.external_site_map[app.config.root_doc].subtrees:
        chapters = [one for one in part.items if str(one) in names]
        lines += [f"\n## {part.caption}\n"] if chapters else []
        lines += [f"- [{title(app, one)}]({one}.ipynb)" for one in map(str, chapters)]
    return "\n".join(lines)


def title(app: Sphinx, name: str) -> str:
    """Give the title of a page, with its number."""
    number = app.env.toc_secnumbers.get(name, {}).get("")
    head = f"{'.'.join(map(str, number))}. " if number else ""
    return head + app.env.titles[name].astext()


def zip_all(app: Sphinx) -> None:
    """Put all the notebooks into one zip, and each into one of its own for pages from disk."""
    folder = Path(app.outdir, FOLDER)
    for path in folder.rglob("*.ipynb"):
        with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as one:
            one.writestr(zipfile.ZipInfo(path.name, DAY), path.read_bytes(), zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(folder / f"{ALL}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*.ipynb")):
            place = zipfile.ZipInfo(f"{ALL}/{path.relative_to(folder).as_posix()}", DAY)
            place.external_attr, place.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            packed.writestr(place, path.read_bytes())


def point_button(pagename: str, context: dict[str, Any]) -> None:
    """Let the page's download button give the edition's notebook, as a file and not as a page."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "download-source-button":
                address = context["pathto"](f"{FOLDER}/{pagename}.ipynb", 1)
                name = f"{pagename.rpartition('/')[2]}.ipynb"
                # the theme's template has no place of its own for the attribute
                button["url"] = Markup('{}" download="{}').format(address, name)
                button["tooltip"] = "Download this page as a notebook that runs by itself"
                button["text"] = ".ipynb"

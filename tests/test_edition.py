"""The pieces of the Jupyter edition: formulas without macros, words as Markdown, the folder."""

import base64
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import lab
import nbformat
import pytest
from edition import launch, support
from edition.markdown import details, escape, picture, quoted
from edition.maths import display, expand, in_table, inline
from sphinx.errors import ExtensionError
from support import is_a_sentence

from recotour_book import ledger

MACROS = {
    "bx": [r"\mathbf{x}"],
    "N": [r"\mathcal{N}"],
    "softmax": [r"\operatorname{softmax}"],
    "KL": [r"D_{\mathrm{KL}}\left(#1 \,\middle\|\, #2\right)", 2],
    "twice": [r"\bx\bx"],
    "letter": [r"\alpha"],
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\bx_u", r"\mathbf{x}_u"),
        (r"x^\bx", r"x^{\mathbf{x}}"),
        (r"\hat\bx", r"\hat{\mathbf{x}}"),  # KaTeX refuses \hat\mathbf{x}
        (r"\quad\softmax(f)", r"\quad\operatorname{softmax}(f)"),
        (r"\bxy \mathbf{y}", r"\bxy \mathbf{y}"),  # another command that begins like it
        (r"\letter b", r"\alpha b"),
        (r"\letter{}b", r"\alpha{}b"),
        (r"\twice", r"\mathbf{x}\mathbf{x}"),
        (r"\KL{q}{p}", r"D_{\mathrm{KL}}\left(q \,\middle\|\, p\right)"),
        (r"\KL ab", r"D_{\mathrm{KL}}\left(a \,\middle\|\, b\right)"),
        (
            r"\KL{q(\bx \mid \N{x}_{1})} {p}",
            r"D_{\mathrm{KL}}\left(q(\mathbf{x} \mid {\mathcal{N}}{x}_{1}) \,\middle\|\, p\right)",
        ),
    ],
)
def test_macros_become_what_they_stand_for(formula, expected):
    assert expand(formula, MACROS) == expected


def test_a_brace_that_is_not_closed_is_said():
    with pytest.raises(ValueError, match="not closed"):
        expand(r"\KL{q}{p", MACROS)


def test_formulas_keep_to_what_every_program_reads():
    assert inline(" x\n+ y ") == "$x + y$"
    assert in_table(r"p(x|z) \| q") == r"$p(x\vert z) \Vert q$"
    assert display("a = b", "2.4") == "$$\na = b \\tag{2.4}\n$$"
    assert r"\begin{aligned}a &= b \\ c &= d\end{aligned}" in display(r"a &= b \\ c &= d", None)
    given = "\\begin{gathered}\na \\\\ b\n\\end{gathered}"
    assert display(given, None) == f"$$\n{given}\n$$"  # it has its lines already


def test_words_stay_words():
    assert escape("costs $5, a*b, snake_case and _this_") == (
        r"costs \$5, a\*b, snake_case and \_this\_"
    )
    assert escape("a < b & c") == "a &lt; b &amp; c"
    assert escape("1. first, 0.97 nats") == r"1\. first, 0.97 nats"
    assert escape("0.97 nats") == "0.97 nats"
    assert escape("# no heading") == r"\# no heading"
    assert escape("a|b", in_table=True) == r"a\|b"


def test_a_formula_in_a_quotation_is_on_one_line_and_keeps_its_signs():
    text = quoted("so\n\n$$\na > b,\n\\qquad c > d\n$$")
    assert text == "> so\n>\n> $$a > b, \\qquad c > d$$"


def test_what_is_folded_can_hold_markdown():
    assert details("So & so", ["*words*"]) == [
        "<details>\n<summary>So &amp; so</summary>",
        "*words*",
        "</details>",
    ]


def test_a_picture_is_in_the_text_itself(tmp_path):
    (tmp_path / "one.svg").write_text("<svg/>")
    shown = picture(tmp_path / "one.svg", 'A "plate"', "100%")
    data = base64.b64encode(b"<svg/>").decode()
    assert shown == (
        f'<img src="data:image/svg+xml;base64,{data}" alt="A &quot;plate&quot;" width="100%">'
    )


# What a notebook carries.


def chapter(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two packages, three tables and a drawing."""
    for name in (
        "src/recotour_vae/a.py",
        "src/recotour_book/b.py",
        "results/grid.csv",
        "results/grid-curves.csv",
        "results/other.csv",
        "figures/one.svg",
        "experiments/grid.toml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def carried(notebook: nbformat.NotebookNode, project: Path) -> set[str]:
    packed = base64.b85decode(support.pack(notebook, "part/one", project))
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:xz") as archive:
        return {name for name in archive.getnames() if not name.startswith(("src", "stand-in"))}


def test_a_notebook_carries_the_tables_that_it_names_and_their_kin(project):
    assert carried(chapter("grid = 1"), project) == {"book/part/.keep"}
    reads = chapter('read(ROOT / "experiments" / "grid.toml")', 'ROOT = Path("../..")')
    assert carried(reads, project) == {
        "book/part/.keep",
        "experiments/grid.toml",
        "results/grid.csv",
        "results/grid-curves.csv",
    }
    assert "figures/one.svg" in carried(chapter('open(f"../../figures/{name}.svg")'), project)


def test_a_table_is_named_by_a_text_and_by_nothing_else(project):
    (project / "results" / "draws.csv").touch()
    values = chapter("draws = 3  # of draws", 'print("other draws of a grid")', "'../..'")
    assert carried(values, project) == {"book/part/.keep"}
    assert "results/draws.csv" in carried(chapter('T = "../../results"', "open('draws')"), project)


def test_a_table_that_is_named_as_a_file_comes_without_its_kin(project):
    reads = chapter('read("../../results/grid.csv")')
    assert carried(reads, project) == {"book/part/.keep", "results/grid.csv"}
    both = chapter('read("../../results/grid.csv"), Results("grid")')
    assert "results/grid-curves.csv" in carried(both, project)


def test_the_execution_ledger_is_no_table_of_a_chapter(project):
    (project / "results" / "notebooks.csv").touch()
    reads = chapter('ROOT = Path("../..")', "from recotour_book.notebooks import show_source")
    assert carried(reads, project) == {"book/part/.keep"}


def test_a_notebook_carries_what_it_read_when_it_was_measured(project):
    row = ledger.Row("part/one", 1.0, 1.0, 1, "cpu", 2, "", "", "", "", "")
    read = "cache/ml-100k.inter 12345678, results/gone.csv 12345678, results/other.csv 12345678"
    ledger.keep(replace(row, data=read), project / ledger.TABLE)
    assert carried(chapter("plotting.all_tables()"), project) == {
        "book/part/.keep",
        "results/other.csv",
    }


@pytest.mark.parametrize(
    "row", ledger.read(ledger.ROOT / ledger.TABLE).values(), ids=lambda row: row.notebook
)
def test_a_notebook_carries_the_tables_that_it_was_seen_to_read(row):
    path = ledger.place(row.notebook)
    if row.source != ledger.source(path):
        pytest.skip(f"{row.notebook} has other code than when it was measured")
    given = support.files(nbformat.read(path, as_version=4), row.notebook, ledger.ROOT)
    read = {one.partition(" ")[0] for one in row.data.split(", ")}
    assert {one for one in read if one.startswith("results/")} <= set(given)


def test_the_same_files_are_packed_into_the_same_text(project):
    reads = chapter('"../../results/grid.csv"')
    assert support.pack(reads, "part/one", project) == support.pack(reads, "part/one", project)


# The folder in which `make lab` works.


def put(path: Path, *cells: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = chapter(*cells)
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(made, path)


def code(path: Path) -> str:
    return nbformat.read(path, as_version=4).cells[0].source


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """An edition of one notebook."""
    put(tmp_path / "edition" / "part" / "one.ipynb", "first")
    return tmp_path / "edition"


def test_a_notebook_that_nobody_changed_is_replaced_by_the_new_one(edition, tmp_path):
    mine = tmp_path / "notebooks" / "part" / "one.ipynb"
    assert list(lab.lay_out(edition, tmp_path / "notebooks")) == []
    assert code(mine) == "first"
    put(edition / "part" / "one.ipynb", "second")
    assert list(lab.lay_out(edition, tmp_path / "notebooks")) == []
    assert code(mine) == "second"


def test_what_a_person_changed_is_kept_and_the_new_one_stands_beside_it(edition, tmp_path):
    mine = tmp_path / "notebooks" / "part" / "one.ipynb"
    list(lab.lay_out(edition, tmp_path / "notebooks"))
    put(mine, "mine")
    (kept,) = lab.lay_out(edition, tmp_path / "notebooks")
    assert kept == "notebooks/part/one.ipynb has your changes and stays as it is."
    assert code(mine) == "mine"
    put(edition / "part" / "one.ipynb", "second")
    (both,) = lab.lay_out(edition, tmp_path / "notebooks")
    assert "one.new.ipynb" in both
    assert code(mine) == "mine"
    assert code(mine.with_name("one.new.ipynb")) == "second"


def test_a_file_of_ones_own_is_never_replaced(edition, tmp_path):
    mine = tmp_path / "notebooks" / "part" / "one.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("no notebook")
    (said,) = lab.lay_out(edition, tmp_path / "notebooks")
    assert mine.read_text() == "no notebook"
    assert "one.new.ipynb" in said


def test_a_notebook_that_was_deleted_comes_back(edition, tmp_path):
    mine = tmp_path / "notebooks" / "part" / "one.ipynb"
    list(lab.lay_out(edition, tmp_path / "notebooks"))
    mine.unlink()
    assert list(lab.lay_out(edition, tmp_path / "notebooks")) == []
    assert code(mine) == "first"


def test_notebooks_open_elsewhere_once_the_pages_have_an_address(monkeypatch):
    monkeypatch.delenv(launch.REPOSITORY, raising=False)
    monkeypatch.delenv(launch.BRANCH, raising=False)
    assert launch.published() is None
    for written in (
        "https://github.com/who/what",
        "https://github.com/who/what.git",
        " https://github.com/who/what/ ",
    ):
        monkeypatch.setenv(launch.REPOSITORY, written)
        assert launch.published() == launch.Published("who", "what", "gh-pages")
    monkeypatch.setenv(launch.BRANCH, "site")
    buttons = launch.group(launch.published(), "notebooks/foundations/elbo.ipynb")["buttons"]
    assert [one["url"] for one in buttons] == [
        "https://colab.research.google.com/github/who/what/blob/site/notebooks/foundations/elbo.ipynb",
        "https://mybinder.org/v2/gh/who/what/site?urlpath=lab/tree/notebooks/foundations/elbo.ipynb",
    ]


@pytest.mark.parametrize(
    "written", ["who/what", "https://gitlab.com/who/what", "https://github.com/who"]
)
def test_an_address_that_no_button_can_be_made_of_is_refused(written):
    with pytest.raises(ExtensionError) as refused:
        launch.Published.of(written, "")
    assert is_a_sentence(str(refused.value))
    assert written in str(refused.value)

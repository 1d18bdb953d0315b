"""How the page of the execution ledger shows its rows, or that there are none."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import ledger_book
import pytest
from book_support import BOOK, read_page
from ledger_book import BOTH, kept, row
from processes import run_bounded
from tables_book import load_extension

from recotour_book import ledger


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return ledger_book.write(tmp_path)


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return load_extension("ledger_table")


def test_a_line_is_rounded_and_says_when_its_notebook_has_changed(book, extension):
    rows = {"part/small": row(book, "part/small")}
    numbers = ("12", "568", "4", "A", "012345678")
    lines = [*extension.lines(BOTH, rows, old=[])]
    assert lines == [
        ("{doc}`/part/reads`", *["–"] * 5),
        ("{doc}`/part/small`", *numbers),
    ]
    (_, said) = extension.lines(BOTH, rows, old=["part/small"])
    assert said == ("{doc}`/part/small` (*its code has changed since*)", *numbers)


def test_the_machine_and_versions_are_said_once_for_each(book, extension):
    here = row(book, "part/reads", seconds=100.0, versions="numpy 1")
    there = replace(here, device="NVIDIA X1", processors=1, code="another")
    assert [*extension.said([here, here, there], 5)] == [
        "Measured: 3 of 5 notebooks, in 5 minutes together.",
        "The library's code has changed since 1 of them were measured.",
        "",
        "- **Set-up A**: the CPU alone, 3 processors; numpy 1.",
        "- **Set-up B**: NVIDIA X1, one processor; numpy 1.",
    ]
    letters = [one[4] for one in extension.lines(["a", "b"], {"a": here, "b": there}, [])]
    assert letters == ["A", "B"]


def test_a_data_file_has_a_row_for_each_state_in_which_it_was_read(book, extension):
    one = row(book, "part/reads", data="cache/a 11, results/b.csv 22")
    other = row(book, "part/small", data="cache/a 11, results/b.csv 33")
    assert [*extension.files([one, other])] == [
        ("cache/a", "11", "part/reads, part/small"),
        ("results/b.csv", "22", "part/reads"),
        ("results/b.csv", "33", "part/small"),
    ]


CONFIG = f"""
import sys
sys.path.insert(0, {str(BOOK / "_ext")!r})
extensions = ["myst_nb", "numbered_tables", "ledger_table"]
nb_execution_mode = "off"
numfig = True
root_doc = "intro"
"""
CONTENTS = (
    "\n```{toctree}\npart/reads\npart/small\nback\n```\n\n{numref}`tab-ledger` is the table.\n"
)


def built(book: Path, contents: str) -> Path:
    """Build the page with plain Sphinx, and return it."""
    (book / "conf.py").write_text(CONFIG)
    (book / "intro.md").write_text(f"# A book\n{contents}")
    out = book.parent / "html"
    shutil.rmtree(out, ignore_errors=True)
    done = run_bounded([sys.executable, "-m", "sphinx", "-q", "-W", "-n", book, out])
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "back.html"


@pytest.mark.slow
@pytest.mark.processes
def test_the_page_has_numbered_tables_with_links_and_before_them_a_sentence(book):
    page = read_page(built(book, CONTENTS.partition("{numref}")[0]))
    assert "No notebook was measured yet" in page.get_text()
    assert page.select("table") == []
    kept(book)
    ledger_book.put(book, "part/small", ["1 + 2"])
    read_page.cache_clear()
    page = read_page(built(book, CONTENTS))
    first, second = page.select("figure.numbered-table")
    assert [one.select_one(".caption-number").get_text() for one in (first, second)] == [
        "Table 1 ",
        "Table 2 ",
    ]
    assert first["id"] == "tab-ledger"
    links = [link["href"] for link in first.select("tbody a")]
    assert links == ["part/reads.html", "part/small.html"]
    changed = ["its code has changed since" in line.get_text() for line in first.select("tbody tr")]
    assert changed == [False, True]
    assert second.select_one("tbody td").get_text(strip=True) == "results/clicks.csv"


@pytest.mark.slow
@pytest.mark.processes
def test_a_damaged_table_stops_the_build_with_its_sentence(book):
    (book.parent / ledger.TABLE).write_text("a,b\n1,2\n")
    with pytest.raises(AssertionError, match=r"notebooks\.csv has other rows than today's"):
        built(book, CONTENTS)

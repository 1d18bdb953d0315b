"""The index of the search holds every page and leads to places that are there."""

import json

import pytest
from book_support import HTML, anchors, need_the_book, toc_files
from tables_book import load_extension

search = load_extension("section_search")


@pytest.fixture(scope="module")
def index() -> dict[str, list[dict[str, str]]]:
    need_the_book()
    text = (HTML / "_static" / search.INDEX).read_text()
    return json.loads(text.removeprefix(search.START).rstrip(";\n"))


@pytest.mark.parametrize("name", toc_files())
def test_each_page_is_in_the_index_and_its_places_are_there(index, name):
    head, *places = index[name]
    assert head["anchor"] == ""
    assert head["title"]
    assert {place["anchor"] for place in places} <= anchors(HTML / f"{name}.html")


def test_the_index_knows_sections_terms_and_functions(index):
    counts = {name: len(entries) for name, entries in index.items()}
    assert counts["back/glossary"] > 10
    assert counts["api/models"] > 10
    chapters = [n for n in counts if n.split("/")[0] in ("foundations", "building", "results")]
    assert all(counts[name] > 4 for name in chapters)


def test_no_mathematics_and_no_code_is_indexed(index):
    words = " ".join(entry["stems"] for entries in index.values() for entry in entries).split()
    assert not {"mathbf", "mathcal", "frac", "ndarray"} & set(words)


def test_the_index_is_light(index):
    assert (HTML / "_static" / search.INDEX).stat().st_size < 800_000
    assert not (HTML / "searchindex.js").exists()

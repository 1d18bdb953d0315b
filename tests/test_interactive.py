"""The directive `{interactive}`: what it puts into a page, where its files are listed, errors."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import interactive_book
import numpy as np
import pandas as pd
import pytest
from book_support import BOOK, read_page
from bs4 import BeautifulSoup
from interactive_book import part
from modules_by_path import load_module
from numpy.testing import assert_allclose
from processes import run_bounded
from scipy import stats
from sphinx.errors import ExtensionError

pytestmark = pytest.mark.processes

EXTENSION = BOOK / "_ext" / "interactive.py"
MODULES = BOOK / "_ext" / "interactive_parts"
STATIC = BOOK / "_static"
PLACES = sorted(path for path in STATIC.glob("interactive/**/*") if path.is_file())
FILES = [path.relative_to(STATIC).as_posix() for path in PLACES]
METRICS = ("ndcg100", "nll", "kl", "active_units")


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return load_module("interactive", EXTENSION)


@pytest.fixture(scope="module")
def beta() -> ModuleType:
    """What reads the tables of the part `beta`."""
    return load_module("beta", MODULES / "beta.py")


# The table of the sweep.


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with the tables in its folder of results."""
    interactive_book.write_tables(tmp_path, interactive_book.sweep())
    return tmp_path


def rewrite(root: Path, table: pd.DataFrame) -> None:
    """Put another table in its place."""
    interactive_book.write_tables(root, table)


def test_a_summary_has_each_seed_the_mean_and_students_interval(beta):
    values = pd.Series([0.41, 0.43, 0.42, 0.47, 0.40])
    found = beta.summarise(values)
    assert found["values"] == values.tolist()
    assert found["mean"] == pytest.approx(0.426)
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert_allclose([found["low"], found["high"]], interval, rtol=1e-12)


def test_one_seed_has_no_interval(beta):
    found = beta.summarise(pd.Series([0.4]))
    assert found == {"values": [0.4], "mean": 0.4, "low": None, "high": None}


def test_the_table_is_read_by_rising_cap_and_seed(beta, root):
    found = beta.read_sweep(root)
    assert found["caps"] == list(interactive_book.CAPS)
    table = interactive_book.sweep().set_index(["beta_cap", "seed"])
    for metric in METRICS:
        for cap, summary in zip(found["caps"], found[metric], strict=True):
            assert summary["values"] == [table.loc[(cap, seed), metric] for seed in range(5)]
            assert summary["low"] <= summary["mean"] <= summary["high"]


def test_caps_may_have_different_numbers_of_seeds(beta, root):
    table = interactive_book.sweep()
    rewrite(root, table[(table["beta_cap"] < 1) | (table["seed"] == 0)])
    counts = [len(summary["values"]) for summary in beta.read_sweep(root)["kl"]]
    assert counts == [5] * 7 + [1]


def test_the_table_in_results_can_be_shown(beta):
    found = beta.read_sweep(BOOK.parent)
    assert len(found["caps"]) >= 5
    assert all(len(summary["values"]) >= 3 for metric in METRICS for summary in found[metric])


def test_a_missing_table_is_an_error_that_says_what_to_do(beta, tmp_path):
    with pytest.raises(ExtensionError, match=r"no results/beta-sweep\.csv: run `python exp.*`\.$"):
        beta.read_sweep(tmp_path)


@pytest.mark.parametrize("column", ["beta_cap", "seed", *METRICS])
def test_a_missing_column_is_named(beta, root, column):
    rewrite(root, interactive_book.sweep().drop(columns=column))
    with pytest.raises(ExtensionError, match=rf"csv has no column `{column}`: run `python .*`\.$"):
        beta.read_sweep(root)


@pytest.mark.parametrize("value", ["many", None, "inf"])
def test_what_is_not_a_number_is_named(beta, root, value):
    table = interactive_book.sweep().astype({"kl": object})
    table.iloc[3, table.columns.get_loc("kl")] = value
    rewrite(root, table)
    with pytest.raises(
        ExtensionError, match=r"has a `kl` that is not a number: run `python .*`\.$"
    ):
        beta.read_sweep(root)


def test_a_table_without_rows_is_an_error(beta, root):
    rewrite(root, interactive_book.sweep()[:0].astype(float))
    with pytest.raises(ExtensionError, match=r"has no rows: run `python .*`\.$"):
        beta.read_sweep(root)


def test_the_lists_are_those_of_one_person_by_rising_cap(beta, root):
    found = beta.data(root)["lists"]
    table = interactive_book.lists().query("user == 367").sort_values("beta_cap")
    assert [one["films"] for one in found] == [json.loads(films) for films in table["films"]]
    assert [one["hits"] for one in found] == [json.loads(hits) for hits in table["hits"]]


def test_a_cap_without_a_list_is_named(beta, root):
    lists = interactive_book.lists()
    lists[lists["beta_cap"] != 0.3].to_csv(root / "results" / "beta-lists.csv", index=False)
    with pytest.raises(ExtensionError, match=r"csv has no list for user 367 at a cap of 0\.3: run"):
        beta.data(root)


def test_the_stored_lists_belong_to_the_stored_sweep(beta):
    lists = pd.read_csv(BOOK.parent / "results" / "beta-lists.csv")
    sweep = pd.read_csv(BOOK.parent / "results" / "beta-sweep.csv")
    both = lists.merge(sweep, on=["beta_cap", "seed"], suffixes=("", "_sweep"))
    assert len(both) == len(lists) == 2 * sweep["beta_cap"].nunique()
    assert_allclose(both["ndcg100"], both["ndcg100_sweep"], atol=0.002)
    assert (both["split"] == both["split_sweep"]).all()
    assert (both["settings"] == both["settings_sweep"]).all()
    shown = beta.data(BOOK.parent)["lists"]
    assert all(len(one["films"]) == len(one["hits"]) == 10 for one in shown)


def test_what_the_page_says_of_the_sweep_is_so(beta):
    found = beta.read_sweep(BOOK.parent)
    ndcg, kl = ([one["mean"] for one in found[name]] for name in ("ndcg100", "kl"))
    top = ndcg.index(max(ndcg))
    assert 0 < top < len(ndcg) - 1, "NDCG@100 rises, and then falls"
    assert ndcg[-1] < ndcg[0] - 0.02
    assert kl == sorted(kl, reverse=True)


# The tables that stand where the parts `composite` and `dot` will.


def test_before_the_script_runs_there_are_the_first_numbers_of_the_mixture():
    composite = load_module("composite", MODULES / "composite.py")
    table = BeautifulSoup(composite.still(BOOK.parent), "html.parser").table
    cells = [[cell.text for cell in row.select("td")] for row in table.select("tbody tr")]
    assert [row[0] for row in cells] == ["0.15", "0.75", "0.10"]
    assert [row[2] for row in cells] == ["2.30", "5.00", "0.00"]  # z, (z - 1.5) / 0.4², 2.3 / e¹⁰
    assert sum(float(row[1]) for row in cells) == pytest.approx(1, abs=0.011)


def test_the_first_predictions_stand_there_before_the_script_runs():
    dot = load_module("dot", MODULES / "dot.py")
    table = BeautifulSoup(dot.still(BOOK.parent), "html.parser").table
    ana = [cell.get_text(" ") for cell in table.select("tbody tr")[0].select("td")]
    assert ana[0] == f"{3 + 0.5 * 1.5 + 1.1 * 0.5:.2f} gave 5"
    assert ana[2].endswith("not rated")
    assert len(table.select("td small")) == len(dot.PEOPLE) * len(dot.FILMS)
    assert {*dot.data(BOOK.parent)["places"]} == {*dot.PEOPLE, *dot.FILMS}


# The table that stands where the part `weights` will, and what it solves.


@pytest.fixture(scope="module")
def weights() -> ModuleType:
    return load_module("weights", MODULES / "weights.py")


def test_the_films_have_titles_without_years_and_counts_both_ways(weights):
    found = weights.data(BOOK.parent)
    counts = np.array(found["counts"])
    assert found["titles"][1] == "The Empire Strikes Back"
    assert len(found["films"]) == len(found["titles"]) == len(counts) == 12
    assert (counts == counts.T).all()
    assert (counts <= np.diag(counts)).all()  # nobody clicked both without clicking each
    assert {*found["picks"]} <= {*found["films"]}


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_weights_are_the_regressions_of_each_film_on_the_others(weights, dropout):
    counts = np.array(weights.data(BOOK.parent)["counts"], float)
    found = weights.weights(counts, dropout, 10.0)
    for j in range(len(counts)):
        others = np.arange(len(counts)) != j
        penalty = np.diag(10 + dropout / (1 - dropout) * np.diag(counts)[others])
        known = counts[np.ix_(others, others)] + penalty
        assert_allclose(found[others, j], np.linalg.solve(known, counts[others, j]), atol=1e-12)
        assert found[j, j] == 0


def test_the_largest_weights_stand_there_before_the_script_runs(weights):
    table = BeautifulSoup(weights.still(BOOK.parent), "html.parser").table
    rows = {row.th.get_text(): row.td.get_text() for row in table.select("tbody tr")}
    assert len(rows) == 12
    assert rows["Star Wars"].startswith("Jedi 0.49, Fargo 0.21")


def test_missing_counts_are_an_error_that_says_what_to_do(weights, tmp_path):
    with pytest.raises(ExtensionError, match=r"no results/shallow-films\.csv: run `python exp.*`"):
        weights.data(tmp_path)


# Pages, built with plain Sphinx that lists every script on every page, as Jupyter Book does.

CONFIG = """
import sys
sys.path.insert(0, {folder!r})
extensions = ["myst_parser", "interactive"]
html_static_path = ["_static"]
html_js_files = {scripts!r}
html_css_files = {styles!r}
root_doc = "index"
numfig = True
"""
INDEX = "# Book\n\n```{toctree}\none\nall\nsteps\nviews\n```\n"


def write(folder: Path, pages: dict[str, str], table: pd.DataFrame | None) -> Path:
    """Write the sources of a book, and its table unless there is none."""
    book = folder / "book"
    book.mkdir()
    (book / "_static").symlink_to(STATIC)
    scripts, styles = ([name for name in FILES if name.endswith(end)] for end in (".js", ".css"))
    config = CONFIG.format(
        folder=str(EXTENSION.parent), scripts=["framework-tabs.js", *scripts], styles=styles
    )
    (book / "conf.py").write_text(config)
    for name, source in pages.items():
        (book / f"{name}.md").write_text(source)
    (book / "drop.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    if table is not None:
        rewrite(folder, table)
    return book


BUILD = """
import sys
from sphinx.cmd.build import main
book, *options = sys.argv[1:]
sys.exit(max(main(["-q", "-W", *options, "-b", name, book, f"{book}/../{name}"]) for name in %r))
"""


def build(book: Path, *builders: str) -> Path:
    """Build a book in several formats, with each warning an error; return the folder above."""
    # A process of its own: myst_nb, which other tests load, leaves its parser behind in Sphinx.
    done = run_bounded([sys.executable, "-c", BUILD % (builders,), book])
    assert done.returncode == 0, done.stderr
    return book.parent


ALL = "# All\n\n" + "\n".join(
    part(name, f"See *{name}* move.") for name in ("elbo", "beta", "elbo")
)
WORDS = """
Caption.

1. One.
2. Two.
"""
OPTIONS = ("name: int-steps", "picture: drop.svg", "alt: A drop.")
STEPS = f"""# Steps

{part("elbo", WORDS, *OPTIONS)}
See {{numref}}`int-steps`, and {{live}}`the gap <elbo:gap>`.
"""
PAGES = {"index": INDEX, "one": f"# One\n\n{part('reparameterization')}", "all": ALL}
BOTH = part("toy", "One view.", "view: posterior") + "\n" + part("toy", "The whole.")
PAGES |= {"steps": STEPS, "views": f"# Views\n\n{BOTH}"}


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> Path:
    """Pages that were built once with another table, and again with the right one."""
    table = interactive_book.sweep()
    folder = tmp_path_factory.mktemp("parts")
    book = write(folder, PAGES, table.assign(kl=table["kl"] + 1000))
    build(book, "html")
    rewrite(folder, table)
    return build(book, "html") / "html"


def listed(page: BeautifulSoup) -> list[str]:
    """Return the files of the interactive parts that a page loads, in order."""
    addresses = [str(tag.get("src") or tag.get("href")) for tag in page.select("script, link")]
    return [address.partition("?")[0] for address in addresses if "interactive/" in address]


def paths(*names: str) -> list[str]:
    """Return where files of the parts lie in a build."""
    return [f"_static/interactive/{name}" for name in names]


def test_a_page_loads_the_files_of_its_own_parts_and_no_other(html):
    assert listed(read_page(html / "index.html")) == []
    assert listed(read_page(html / "search.html")) == []
    one = listed(read_page(html / "one.html"))
    assert one == paths("interactive.css", "load.js")
    assert listed(read_page(html / "all.html")) == one


def test_the_scripts_run_when_the_page_is_there_and_others_are_left_alone(html):
    page = read_page(html / "all.html")
    assert all(tag.has_attr("defer") for tag in page.select("script[src*='interactive/']"))
    assert page.select_one("script[src*='framework-tabs.js']") is not None


def test_a_part_has_a_caption_and_a_sentence_for_pages_without_scripts(html):
    first, second, third = read_page(html / "all.html").select("figure.interactive")
    assert [p["data-interactive"] for p in (first, second, third)] == ["elbo", "beta", "elbo"]
    assert first.select_one("figcaption em").get_text() == "elbo"
    assert "where JavaScript runs" in first.select_one(".interactive-stage > p").get_text()


def test_steps_stand_above_the_part_and_a_picture_for_those_without_scripts(html):
    figure = read_page(html / "steps.html").select_one("figure.interactive")
    kinds = [child.get("class", [child.name])[0] for child in figure.find_all(recursive=False)]
    assert kinds == ["interactive-steps", "interactive-stage", "figcaption"]
    assert [item.get_text() for item in figure.select(".interactive-steps li")] == ["One.", "Two."]
    picture = figure.select_one(".interactive-stage noscript img")
    assert picture["alt"] == "A drop."
    assert (html / picture["src"]).is_file()
    assert "One." not in figure.select_one("figcaption").get_text()


def test_a_named_part_is_a_numbered_figure_and_can_be_referred_to(html):
    page = read_page(html / "steps.html")
    assert page.select_one("figure#int-steps .caption-number").get_text() == "Interactive 1 "
    assert page.select_one("a[href='#int-steps']").get_text() == "Interactive 1"
    assert read_page(html / "all.html").select(".caption-number") == []


def test_a_part_may_be_asked_for_a_view_and_has_the_same_data(html, extension):
    page = read_page(html / "views.html")
    one, whole = page.select("figure.interactive")
    assert (one["data-view"], whole.get("data-view")) == ("posterior", None)
    toy = json.loads(json.dumps(extension.module_of("toy").data(BOOK.parent)))
    assert [json.loads(figure.script.string) for figure in (one, whole)] == [toy, toy]
    assert listed(page) == paths("interactive.css", "toy.css", "load.js")


def test_a_sentence_follows_a_number_of_a_part(html):
    live = read_page(html / "steps.html").select_one("[data-live='elbo:gap']")
    assert live.get_text() == "the gap"


def test_the_page_has_the_numbers_of_the_table_also_after_it_changed(html, beta, root):
    page = read_page(html / "all.html")
    scripts = page.select("figure.interactive script[type='application/json']")
    assert [tag.find_parent("figure")["data-interactive"] for tag in scripts] == ["beta"]
    assert json.loads(scripts[0].string) == beta.data(root)


def test_captions_are_found_by_the_search_and_data_are_not(html):
    index = (html / "searchindex.js").read_text()
    assert '"move"' in index or "move:" in index
    assert "beta_cap" not in index


def test_data_cannot_end_the_element_that_holds_them(extension):
    body: list[str] = []
    node = extension.interactive_part(part="beta", data={"name": "</script><b>"})
    extension.visit_part(SimpleNamespace(body=body), node)
    inside = re.search(r'json">(.*?)</script>', "".join(body))
    assert inside is not None
    assert json.loads(inside[1]) == {"name": "</script><b>"}


def test_entries_of_any_form_are_taken_off_the_lists(extension):
    others = ["a.js", ("b.js", {"defer": "defer"})]
    ours = ["interactive/elbo.js", ("interactive/beta.js", {})]
    config = SimpleNamespace(html_js_files=[*ours, *others], html_css_files=["x.css", *ours])
    extension.unlist_files(None, config)
    assert config.html_js_files == others
    assert config.html_css_files == ["x.css"]


def test_formats_that_cannot_move_leave_the_part_out(tmp_path):
    pages = {"index": f"# A\n\nThe figure.\n\n{part('elbo', 'See it move.')}\nThe end.\n"}
    out = build(write(tmp_path, pages, None), "text", "latex")
    written = [*out.glob("text/*.txt"), *out.glob("latex/*.tex")]
    assert len(written) == 2
    for words in (path.read_text() for path in written):
        assert "The figure." in words
        assert "The end." in words
        assert "See it move." not in words


# Warnings: one sentence, at the line of the directive, and the caption stands alone.

SENTENCES = {
    "elbow": "There is no interactive part `elbow`: "
    "use one of `beta`, `composite`, `copies`, `dot`, `elbo`, `meet`, `meet-inside`, `meet-map`, "
    "`meet-slide`, `meet-why`, `picker`, `reparameterization`, `toy`, `water`, `weights`.",
    "beta": "The interactive part `beta` finds no results/beta-sweep.csv: "
    "run `python experiments/beta_sweep.py`.",
    "sideways": "The interactive part `toy` has no view `sideways`: use one of `posterior`.",
    "upright": "The interactive part `elbo` has no view `upright`: it has none.",
}
VIEWS = {"sideways": "toy", "upright": "elbo"}  # that are asked for, and of which part
BARE = "```{interactive} elbo\n```\n"


@pytest.fixture(scope="module")
def wrong(tmp_path_factory) -> "tuple[subprocess.CompletedProcess[str], Path]":
    """A strict build without the table that goes on after warnings, and its pages."""
    pages = {name: f"# A\n\n{part(name, 'A caption.')}" for name in SENTENCES}
    for view, name in VIEWS.items():
        pages[view] = f"# A\n\n{part(name, 'A caption.', f'view: {view}')}"
    pages |= {"bare": f"# A\n\n{BARE}"}
    toctree = "\n".join(["```{toctree}", *pages, "```", ""])
    book = write(tmp_path_factory.mktemp("wrong"), {"index": f"# Book\n\n{toctree}", **pages}, None)
    built = run_bounded([sys.executable, "-c", BUILD % (("html",),), book, "--keep-going"])
    return built, book.parent / "html"


@pytest.mark.parametrize("name", SENTENCES)
def test_a_part_that_cannot_be_made_is_a_warning(wrong, name):
    built, out = wrong
    assert f"{name}.md:3: WARNING: {SENTENCES[name]}" in built.stderr
    page = read_page(out / f"{name}.html")
    assert page.select("figure.interactive") == []
    assert listed(page) == []
    assert "A caption." in page.get_text()


def test_the_warning_fails_a_strict_build(wrong):
    built, _ = wrong
    assert built.returncode != 0
    assert built.stderr.count("WARNING") == len(SENTENCES)  # none but ours


def test_a_part_without_a_caption_is_an_error(wrong):
    built, _ = wrong
    assert re.search(r"bare\.md:3: ERROR: .*\n?.*Content block expected", built.stderr)


# The scripts.


def test_the_scripts_are_light_and_are_the_parts_there_are(extension):
    here = (Path(name) for name in FILES if name.endswith(".js"))
    names = {path.stem for path in here if path.parent.name == "interactive"}
    assert names == {*extension.SHARED, *extension.parts()}
    assert {path.stem for path in MODULES.glob("*.py")} <= names
    assert max((STATIC / name).stat().st_size for name in FILES if name.endswith(".js")) < 16 * 1024


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_host_or_runs_text(name):
    words = (STATIC / name).read_text().replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"https?:|url\([^#]|@import|eval\(|Function\(|innerHTML|fetch\(", words) == []


# Scripts and files that a part needs beside its own.


def test_a_part_says_which_scripts_come_before_its_own(extension):
    before = extension.scripts_before("meet")
    assert before.index("live/arrays") < before.index("live/models") < before.index("meet/room")
    assert extension.scripts_before("elbo") == []
    body: list[str] = []
    node = extension.interactive_part(part="meet", data=None, ids=[], scripts=["a/b", "c"])
    extension.visit_part(SimpleNamespace(body=body), node)
    assert 'data-interactive="meet" data-scripts="a/b c"' in body[0]


def test_a_script_that_is_needed_and_not_there_is_named(extension, tmp_path, monkeypatch):
    (tmp_path / "one.js").write_text("// One.\n//\n// Needs: live/nothing\n")
    monkeypatch.setattr(extension, "SCRIPTS", tmp_path)
    with pytest.raises(ExtensionError, match=r"The part `one` needs live/nothing\.js"):
        extension.scripts_before("one")


def test_files_that_a_part_fetches_are_put_below_the_scripts(extension, tmp_path):
    (tmp_path / "kept.js").write_text("1;")
    place = tmp_path / "out"
    extension.copy_files({"models/a.js": str(tmp_path / "kept.js")}, place)
    assert (place / "models" / "a.js").read_text() == "1;"
    with pytest.raises(ExtensionError, match="is gone since the page was read: build"):
        extension.copy_files({"models/a.js": str(tmp_path / "nothing.js")}, place)

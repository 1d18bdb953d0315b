"""The Jupyter edition in a real JupyterLab, in headless Chromium: every notebook is opened.

One server and one browser serve all the notebooks, one after the other. Cells are not virtual here,
so that what is far down is rendered and looked at too; no kernel is needed for that.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from book_support import HTML, need_the_book
from browser_support import CHROMIUM, FLAGS, PATIENCE, Watch, serve
from edition_book import EDITION, formulas, name_of, texts
from playwright.sync_api import Page, sync_playwright
from processes import started, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.processes]

NOTEBOOKS = [name_of(path) for path in sorted(EDITION.rglob("*.ipynb"))]
START = 240  # seconds for the server, on a busy machine
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "kernelShutdown": True},
}
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
OPEN = """name => {
  jupyterapp.commands.execute("docmanager:open", {path: `${name}.ipynb`, factory: "Notebook"});
}"""
CLOSE = """() => {
  const shown = jupyterapp.shell.currentWidget;
  shown.context.model.dirty = false;  // the kernel's name was added, which nobody wants to keep
  shown.close();
}"""
IS_SHOWN = """([cells, formulas]) => {
  const panel = document.querySelector("PANEL");
  return panel && panel.querySelectorAll(".jp-MarkdownOutput").length === cells
    && panel.querySelectorAll(".jp-MarkdownOutput mjx-container").length >= formulas;
}""".replace("PANEL", PANEL)
# What a person would see to be wrong: red formulas, source text, pictures that did not come, links
# to a place in the notebook that is not there.
WRONG = """async () => {
  const panel = document.querySelector("PANEL");
  const all = selector => [...panel.querySelectorAll(selector)];
  await Promise.allSettled(all("img").map(one => one.decode()));
  const words = all(".jp-MarkdownOutput").map(cell => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("mjx-container, code, pre").forEach(part => part.remove());
    return copy.textContent;
  }).join("\\n");
  return {
    errors: all("mjx-merror, [data-mjx-error]").map(part => part.textContent),
    red: all(".jp-MarkdownOutput *")
      .filter(part => getComputedStyle(part).color === "rgb(255, 0, 0)")
      .map(part => part.textContent),
    raw: words.match(/.{0,30}(\\{[\\w:.-]+\\}`|:::|```|\\$|\\\\[a-zA-Z]+|\\*\\*).{0,30}/g) || [],
    broken: all("img[src]").filter(one => !one.complete || !one.naturalWidth).map(one => one.alt),
    lost: all('.jp-MarkdownOutput a[href^="#"]:not(.jp-InternalAnchorLink)')
      .map(link => decodeURIComponent(link.hash.slice(1)))
      .filter(place => !panel.querySelector(`[data-jupyter-id="${CSS.escape(place)}"]`)),
  };
}""".replace("PANEL", PANEL)

DECODED = f"[...document.querySelectorAll('{PANEL} img')].every(one => one.complete)"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(address: str) -> bool:
    try:
        return urlopen(f"{address}/api").status == 200
    except URLError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab on a copy of the edition, with nobody's settings, for this machine alone."""
    pytest.importorskip("jupyterlab")
    need_the_book()
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(EDITION, folder / "notebooks")
    for name, settings in SETTINGS.items():
        path = folder / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    homes = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "RUNTIME", "DATA")
    }
    homes["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    homes["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    port = free_port()
    options = {
        "--ServerApp.root_dir": folder / "notebooks",
        "--ServerApp.port": port,
        "--ServerApp.port_retries": 0,
        "--IdentityProvider.token": "",
        "--ServerApp.password": "",
        "--LabApp.expose_app_in_browser": True,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"{name}={value}" for name, value in options.items()]
    log = (folder / "log").open("w")
    environment = os.environ | homes | {"JUPYTER_PREFER_ENV_PATH": "1"}
    with log, started(command, env=environment, stdout=log, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(address), "JupyterLab answers", START)
        yield address
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # whatever is left then is ended with its group
            process.wait(timeout=60)


@pytest.fixture(scope="module")
def lab(server: str) -> Iterator[tuple[Page, Watch]]:
    """JupyterLab in a browser that reaches nothing else."""
    if not CHROMIUM:
        pytest.skip("There is no Chromium here.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE)
        watch = Watch()
        watch.on(page)
        page.goto(f"{server}/lab?reset")
        page.wait_for_function("window.jupyterapp?.shell && document.querySelector('.jp-Launcher')")
        yield page, watch
        browser.close()


AT_CLOSING = ("Disposed", "Canceled future")  # what JupyterLab says of what it was still doing


def faults(page: Page, watch: Watch, name: str) -> list[str]:
    """Open a notebook, say what is wrong with it, and close it."""
    watch.errors.clear()
    found = texts(EDITION / f"{name}.ipynb")
    page.evaluate(OPEN, name)
    n_formulas = sum(len(formulas(text)) for text in found)
    page.wait_for_function(IS_SHOWN, arg=[len(found), n_formulas])
    page.wait_for_function(DECODED)
    wrong = page.evaluate(WRONG)
    page.evaluate(CLOSE)
    page.wait_for_function(f"!document.querySelector('{PANEL}')")
    seen = [f"{kind}: {one}" for kind, all_of_it in wrong.items() for one in all_of_it]
    return seen + [error for error in watch.errors if not error.startswith("failed:")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_looks_right(lab, name):
    """A fault of a notebook is there each time; JupyterLab's own words at a closing are not."""
    found = faults(*lab, name)
    if found:
        again = faults(*lab, name)
        found = [one for one in again if one in found and not any(map(one.count, AT_CLOSING))]
    assert found == []
    assert lab[1].outside == []


def test_a_link_to_an_equation_goes_there(lab):
    page, _ = lab
    page.evaluate(OPEN, "foundations/elbo")
    link = page.locator(f'{PANEL} a[href="#equation-eq-rt-4"]').first
    link.wait_for()
    place = page.locator(f'{PANEL} [data-jupyter-id="equation-eq-rt-4"]')
    assert place.bounding_box()["y"] > 1000
    link.click()
    page.wait_for_function(
        "place => { const y = document.querySelector(place).getBoundingClientRect().y;"
        " return 0 <= y && y < 1000; }",
        arg=f'{PANEL} [data-jupyter-id="equation-eq-rt-4"]',
    )
    page.evaluate(CLOSE)


@pytest.mark.parametrize(("place", "ending"), [("disk", ".zip"), ("server", ".ipynb")])
def test_the_button_saves_a_file(lab, place, ending):
    with serve(HTML) as places:
        page = lab[0].context.browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{places[place]}/foundations/elbo.html")
        with page.expect_download(timeout=PATIENCE) as waiting:
            page.evaluate("document.querySelector('a.btn-download-source-button').click()")
        assert waiting.value.suggested_filename == f"elbo{ending}"
        page.context.close()


def test_there_is_something_to_open():
    need_the_book()
    assert len(NOTEBOOKS) > 16
    assert Path(EDITION / "contents.ipynb").is_file()

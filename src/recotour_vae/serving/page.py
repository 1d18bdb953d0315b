"""The page at `/`: what there is, and a field to try it, without anything from elsewhere."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
textarea,pre{box-sizing:border-box;width:100%;font:.9rem/1.4 monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
td,th{text-align:left;padding:.2rem .8rem .2rem 0}
"""
_SCRIPT: Final = """
const field = document.querySelector("textarea"), shown = document.querySelector("pre");
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  shown.textContent = "...";
  try {
    const answer = await fetch("recommend", {method: "POST", body: field.value});
    const text = JSON.stringify(await answer.json(), null, 1);
    shown.textContent = `${answer.status} ${answer.statusText}\\n${text}`;
  } catch (error) {
    shown.textContent = `No answer: ${error}`;
  }
});
"""


def page(description: Mapping[str, Any], titles: Sequence[str]) -> str:
    """Write the page of a service.

    Parameters
    ----------
    description
        As `openapi.describe` gives it.
    titles
        Of items, for an example.
    """
    rows = "".join(
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(about['summary'])}</td></tr>"
        for path, methods in description["paths"].items()
        for method, about in methods.items()
    )
    example = json.dumps({"history": list(titles), "k": 5}, ensure_ascii=False)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(description["info"]["title"])}</title><style>{_STYLE}</style></head>
<body><main><h1>{escape(description["info"]["title"])}</h1>
<table><thead><tr><th scope="col">address</th><th scope="col">what it answers</th></tr></thead>
<tbody>{rows}</tbody></table>
<p>Fields and bounds are in <a href="openapi.json">openapi.json</a>.</p>
<form><label for="asked">Ask <code>POST /recommend</code>:</label>
<textarea id="asked" rows="4">{escape(example)}</textarea>
<button>Ask</button></form><pre aria-live="polite"></pre></main>
<script>{_SCRIPT}</script></body></html>
"""

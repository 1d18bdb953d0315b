"""Put a head and a foot on each chapter.

At the head stands how long the chapter takes, what it needs and what one can do after it; at the
foot, what comes next. The words are in `chapters.yml`, the order is that of the table of contents,
and the time is computed (`chapter_counts.py`). A numbered chapter without words there is an error,
so that each chapter to come has both.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from chapter_counts import WHOLE, chapters_of, reading_time
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

WORDS = "chapters.yml"


@dataclass(frozen=True)
class Frame:
    """The words of one chapter."""

    able: list[str]
    next: str
    needs: list[str] = field(default_factory=list)
    knows: str = ""


@cache
def read_frames(path: Path) -> dict[str, Frame]:
    """Read the words of all chapters."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {name: Frame(**words) for name, words in found.items()}
    except (OSError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise ExtensionError(f"{path.name} says nothing of use about chapters: {error}") from error


def frame_of(app: Sphinx, name: str) -> Frame:
    """Give the words of a chapter."""
    frames = read_frames(Path(app.srcdir) / WORDS)
    if name not in frames:
        raise ExtensionError(f"The chapter {name} has no head and foot: write them in {WORDS}.")
    return frames[name]


def link(app: Sphinx, here: str, there: str) -> nodes.reference:
    """Link to a chapter by its number and title."""
    number = ".".join(map(str, app.env.toc_secnumbers.get(there, {}).get("", ())))
    title = app.env.titles[there].astext()
    words = f"{number}. {title}" if number else title
    address = app.builder.get_relative_uri(here, there)
    return nodes.reference("", "", nodes.inline("", words), internal=True, refuri=address)


def say(lead: str, *rest: nodes.Node) -> nodes.paragraph:
    """Make a line that begins with a word in bold."""
    return nodes.paragraph("", "", nodes.strong("", lead), nodes.Text(" "), *rest)


def needs(app: Sphinx, name: str, frame: Frame) -> list[nodes.Node]:
    """Say what a chapter needs, in one sentence."""
    links = [link(app, name, other) for other in frame.needs]
    parts: list[nodes.Node] = [*links, *([nodes.Text(frame.knows)] if frame.knows else [])]
    between = [n for part in parts for n in (nodes.Text("; "), part)]
    return between[1:]


def head(app: Sphinx, name: str) -> nodes.container:
    """Make the head of a chapter."""
    frame = frame_of(app, name)
    time = nodes.Text(f"about {reading_time(app.env, name)} of reading, exercises not counted")
    able = nodes.bullet_list("", *(_item(words) for words in frame.able))
    lines = [say("Time:", time), say("Needs:", *needs(app, name, frame))]
    lines.append(say("Afterwards you can"))
    return nodes.container("", *lines, able, classes=["chapter-head"])


def _item(words: str) -> nodes.list_item:
    return nodes.list_item("", nodes.paragraph("", words))


def foot(app: Sphinx, name: str) -> nodes.container:
    """Make the foot of a chapter."""
    chapters = chapters_of(app.env, WHOLE)
    following = chapters[chapters.index(name) + 1 :][:1]
    words = nodes.Text(frame_of(app, name).next)
    links = [nodes.Text(" → "), link(app, name, following[0])] if following else []
    return nodes.container("", say("Next:", words, *links), classes=["chapter-foot"])


class ChapterFrame(SphinxPostTransform):
    """Put both on a page that is a chapter."""

    default_priority = 185  # before the Jupyter edition (190) writes down what the page says
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Put the head below the title, and the foot at the end."""
        name, section = self.env.docname, next(iter(self.document.findall(nodes.section)), None)
        if section is not None and name in chapters_of(self.env, WHOLE):
            title = next(n for n, node in enumerate(section) if isinstance(node, nodes.title))
            section.insert(title + 1, head(self.app, name))
            section += foot(self.app, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.setup_extension("chapter_counts")
    app.add_post_transform(ChapterFrame)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

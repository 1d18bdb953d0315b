"""One colour a quantity and a model, light and dark: the one place that says them.

Figures, drawings, Plotly and the interactive parts take their colours from here. What the pages
read is written from it: `python -m recotour_book.palette` makes `palette.css` and `palette.js` in
`book/_static`, and a table for the book's back matter. Nothing here imports more than Python has.

Every hue has at least 3:1 against the page in light and in dark. The hues of quantities are told
apart with normal sight and without red, green or blue cones; so many models are more than colours
can tell, so a model has a marker and a stroke as well, and those that share a hue differ in both
(`tests/test_palette.py` measures all of this).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

STATIC: Final = Path(__file__).parents[2] / "book" / "_static"
REMAKE: Final = "python -m recotour_book.palette"


@dataclass(frozen=True)
class Tone:
    """A colour as it is on white, and on the dark page."""

    light: str
    dark: str


GROUND: Final = Tone("#ffffff", "#1a1f26")  # of figures and of what stands in a frame
PAGE: Final = Tone("#ffffff", "#121212")  # the theme's own

HUES: Final[Mapping[str, Tone]] = MappingProxyType(
    {
        "blue": Tone("#0373d2", "#2f86c0"),
        "vermillion": Tone("#e0751c", "#e76b1b"),
        "green": Tone("#00754a", "#23bc8b"),
        "purple": Tone("#b02fa0", "#ff98d9"),
        "amber": Tone("#876100", "#ffda45"),
        "violet": Tone("#391091", "#858aff"),
        "teal": Tone("#1f9db3", "#18dfff"),
        "wine": Tone("#800942", "#c0475f"),
        "olive": Tone("#404a00", "#b2c05d"),
        "brown": Tone("#3d1c00", "#b3875d"),
        "black": Tone("#222222", "#e6ebf0"),
        "grey": Tone("#6b7280", "#98a3ae"),
    }
)

# Writing, rules and areas that carry no quantity, from dark to light.
GREYS: Final[Mapping[str, Tone]] = MappingProxyType(
    {
        "text": Tone("#5b6570", "#aab4bf"),  # writing that steps back, the line of an exact value
        "rule": Tone("#8a949e", "#76828e"),  # what differences are held against; axes, plates
        "left out": Tone("#b3bac2", "#56616c"),
        "frame": Tone("#c9d2dc", "#4a5561"),
        "observed": Tone("#c3cbd3", "#515c68"),
        "band": Tone("#dbe0e6", "#3a434e"),
        "faint": Tone("#e3e7ec", "#313943"),  # grids
        "press": Tone("#eef3f8", "#2a323c"),  # buttons, cells that hold nothing
    }
)

# The hues as the grounds of boxes: dark writing is read on them, in the dark light writing.
PALE: Final[Mapping[str, Tone]] = MappingProxyType(
    {
        "blue": Tone("#dcebf5", "#17344a"),
        "vermillion": Tone("#fbe6d8", "#46291a"),
        "green": Tone("#d9f0e9", "#173c32"),
        "amber": Tone("#f7edd6", "#403718"),
        "violet": Tone("#e6e0f2", "#2b2a52"),
        "black": Tone("#fefefe", "#1b2027"),
    }
)


@dataclass(frozen=True)
class Quantity:
    """What a hue stands for, its stroke in a line, and what it is in words."""

    hue: str
    dash: str
    words: str

    @property
    def tone(self) -> Tone:
        """Its colour, light and dark."""
        return HUES[self.hue]


_SOLID: Final = "-"
QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType(
    {
        "evidence": Quantity("black", _SOLID, "evidence, log p(x), which no q changes"),
        "elbo": Quantity("blue", _SOLID, "ELBO; as a box: a network"),
        "reconstruction": Quantity("green", _SOLID, "reconstruction, the log-likelihood"),
        "rate": Quantity("vermillion", _SOLID, "rate, KL(q ‖ prior), and the noise it prices"),
        "gap": Quantity("amber", "-.", "gap, KL(q ‖ posterior)"),
        "prior": Quantity("grey", "--", "prior p(z)"),
        "q": Quantity("violet", _SOLID, "q(z | x), what the encoder says"),
        "posterior": Quantity("teal", ":", "true posterior p(z | x)"),
        "gradient": Quantity("purple", "--", "gradient, on its way back"),
        "clicks": Quantity("black", _SOLID, "clicks, in matrices and counts"),
        "fold-in": Quantity("olive", "--", "clicks that a model is shown"),
        "held-out": Quantity("wine", "-.", "clicks held out, and hits among them"),
    }
)

# What stands in one figure at times: these are told apart by their hue alone.
TOGETHER: Final = (
    ("evidence", "elbo", "reconstruction", "rate", "gap"),
    ("prior", "q", "posterior", "gap", "elbo"),
    ("reconstruction", "rate", "gradient", "evidence"),
    ("clicks", "fold-in", "held-out"),
)


@dataclass(frozen=True)
class Model:
    """How a model is drawn: by hue, marker and stroke (matplotlib's names)."""

    hue: str
    marker: str
    dash: str = "-"

    @property
    def tone(self) -> Tone:
        """Its colour, light and dark."""
        return HUES[self.hue]


# A model keeps its look through the whole book; the first ten have a hue each.
MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {
        "Mult-VAE": Model("blue", "o"),
        "Mult-DAE": Model("teal", "s"),
        "EASE": Model("vermillion", "D"),
        "Item-kNN": Model("amber", "^"),
        "Popularity": Model("black", "v"),
        "User-kNN": Model("olive", "<"),
        "RP3beta": Model("green", "P"),
        "PureSVD": Model("purple", "X"),
        "iALS": Model("violet", ">"),
        "SLIM": Model("wine", "*"),
        "EDLAE": Model("brown", "h"),
        "ELSA": Model("brown", "*", "--"),
        "RecVAE": Model("blue", "p", "--"),
        "CDAE": Model("teal", "d", "--"),
        "AutoRec": Model("violet", "8", "--"),
        "DeepRec": Model("green", "H", "--"),
        "SVAE": Model("purple", "P", "--"),
        "BPR": Model("olive", "s", "--"),
        "NeuMF": Model("wine", "o", "--"),
        "Biases": Model("black", "X", "--"),
        "FunkSVD": Model("amber", "D", "--"),
        "Item-kNN of stars": Model("amber", "p", "-."),
        "User-kNN of stars": Model("olive", "d", "-."),
        "EmbeddingDot": Model("blue", "D", "-."),
        "CollabNN": Model("teal", "^", "-."),
    }
)
FRAMEWORKS: Final[Mapping[str, Model]] = MappingProxyType(
    {"PyTorch": Model("blue", "o"), "Gluon": Model("vermillion", "s", "--")}
)


def to_dark() -> dict[str, str]:
    """Return the dark colour of each light one."""
    tones = [GROUND, *HUES.values(), *GREYS.values(), *PALE.values()]
    return {tone.light: tone.dark for tone in tones}


def _variables(side: str) -> dict[str, str]:
    """Return the custom properties that pages read, for `light` or `dark`."""
    named = {f"hue-{name}": tone for name, tone in HUES.items()}
    named |= {f"pale-{name}": tone for name, tone in PALE.items()}
    named |= {name: quantity.tone for name, quantity in QUANTITIES.items()}
    named |= {"ground": GROUND, "ink": HUES["black"], "grey": GREYS["text"]}
    named |= {name: GREYS[name] for name in ("rule", "frame", "faint", "press")}
    return {f"--colour-{name}": getattr(tone, side) for name, tone in named.items()}


def properties() -> dict[str, str]:
    """Return for a light colour what a page that may be dark has in its place: `var(--...)`."""
    return {colour: f"var({name})" for name, colour in _variables("light").items()}


def _rule(selector: str, side: str, indent: str = "") -> list[str]:
    lines = (f"{indent}  {name}: {value};" for name, value in _variables(side).items())
    return [f"{indent}{selector} {{", *lines, f"{indent}}}"]


def css() -> str:
    """Write the colours as custom properties; the dark ones are for screens, never for paper."""
    head = f"/* Written by `{REMAKE}`. */"
    dark = ["@media screen {", *_rule('html[data-theme="dark"]', "dark", "  "), "}"]
    blocks = [[head], _rule("html", "light"), dark]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def script() -> str:
    """Write what a script needs that draws figures stored in their light colours."""
    pairs = "".join(f'  "{light}": "{dark}",\n' for light, dark in to_dark().items())
    head = f"// Written by `{REMAKE}`: the dark colour of each light one."
    return f"{head}\nwindow.darkOf = {{\n{pairs}}};\n"


FILES: Final[Mapping[str, Any]] = MappingProxyType({"palette.css": css, "palette.js": script})

if __name__ == "__main__":
    for name, write in FILES.items():
        (STATIC / name).write_text(write(), encoding="utf-8")

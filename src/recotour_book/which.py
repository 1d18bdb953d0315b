"""Which model to begin with: a few facts about a data set in, a model and a fallback out.

The questions are asked from the top, and the first that is answered with yes decides.
`figures/which.py` draws the same rules, so that the drawing and `advise` cannot disagree. The
evidence for each of them, and where it ends, is in the chapter `practice/which-model`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from recotour_vae.errors import ConfigError
from recotour_vae.runtime.memory import GIB

ASKED: Final = ("lists", "stars", "next")
FEW_PEOPLE: Final = 750  # with short histories EASE led popularity with so many, and not with 320
MANY_PEOPLE: Final = 4_000  # SVAE led with 4,449, and did not with some hundreds
SHORT: Final = 20  # clicks: between the 6 of a catalogue where nothing was decided and 46
PAIR: Final = 24  # bytes that EASE takes for each pair of items while it is fitted


@dataclass(frozen=True)
class Facts:
    """What is known of a data set before anything is trained.

    Parameters
    ----------
    people, items
        How many there are to learn from.
    typical
        Clicks (or ratings) that half of the people have at least: the median.
    asked
        What the model is to say: `lists`, `stars` (how somebody would rate) or `next` (what comes
        next, where the order in time is true).
    memory
        GiB that are free for fitting.

    Raises
    ------
    ConfigError
        When a number is not positive, or something else is asked.
    """

    people: int
    items: int
    typical: float
    asked: str = "lists"
    memory: float = 16.0

    def __post_init__(self) -> None:
        if min(self.people, self.items, self.typical, self.memory) <= 0:
            raise ConfigError("A fact is zero or less; give numbers above zero.")
        if self.asked not in ASKED:
            raise ConfigError(f"asked is '{self.asked}'; give one of {', '.join(ASKED)}.")


@dataclass(frozen=True)
class Rule:
    """A question, and what is advised where its answer is yes.

    Attributes
    ----------
    about
        The fact that is asked for, in a word or two.
    question
        In two lines, as the drawing has it.
    holds
        Whether the answer is yes.
    model
        To begin with.
    fallback
        That is simpler, or fits where the model does not.
    chapter
        Of the book, that tells of the model.
    """

    about: str
    question: tuple[str, str]
    holds: Callable[[Facts], bool]
    model: str
    fallback: str
    chapter: str


RULES: Final = (
    Rule(
        "Stars",
        ("Is it to be predicted how", "somebody would rate?"),
        lambda facts: facts.asked == "stars",
        "EmbeddingDot",
        "Biases",
        "family/embeddings",
    ),
    Rule(
        "Order",
        ("Is the next item asked for, with", f"true times, of {MANY_PEOPLE:,} people or more?"),
        lambda facts: facts.asked == "next" and facts.people >= MANY_PEOPLE,
        "SVAE",
        "EASE",
        "family/svae",
    ),
    Rule(
        "People",
        (f"Are there fewer than {FEW_PEOPLE}, half", f"of them with under {SHORT} clicks?"),
        lambda facts: facts.people < FEW_PEOPLE and facts.typical < SHORT,
        "Popularity",
        "content",
        "practice/own-data",
    ),
    Rule(
        "Catalogue",
        (f"Are {PAIR} bytes for each pair of", "items more than the memory?"),
        lambda facts: PAIR * facts.items**2 > facts.memory * GIB,
        "Mult-DAE",
        "ELSA",
        "building/models",
    ),
    Rule(
        "Histories",
        ("Have half of the people", f"fewer than {SHORT} clicks?"),
        lambda facts: facts.typical < SHORT,
        "EASE or Mult-DAE",
        "User-kNN",
        "results/experiments",
    ),
    Rule("All others", ("", ""), lambda facts: True, "EDLAE", "EASE", "family/shallow"),
)


def advise(facts: Facts) -> Rule:
    """Go down the questions to the first whose answer is yes.

    Examples
    --------
    >>> advise(Facts(people=5_000, items=3_500, typical=57)).model
    'EDLAE'
    >>> advise(Facts(people=20_000, items=24_000, typical=8, memory=8)).model
    'Mult-DAE'
    """
    return next(rule for rule in RULES if rule.holds(facts))

"""The family of models: what each adds, and from which it grew. The one place that says so.

`figures/family.py` draws it, and the page that shows the drawing makes its table of it. What the
registry says too (names, papers, what is predicted) has to agree (`tests/test_family.py`).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Relative:
    """A model of the family.

    Attributes
    ----------
    name
        What it is called in the drawing.
    year
        Of the paper.
    adds
        What it adds to those that it grew from, in three to six words.
    words
        The same in a sentence.
    grew_from
        Names of the models whose idea it takes further.
    paper
        Key of the paper in the book's list of references.
    chapter
        Page of the book that tells of it, be it written or to come.
    registered
        What the registry calls it.
    answers
        What it was made to predict: `ratings` or `lists`.
    is_network
        Whether something in it bends; otherwise its scores are linear in what a person did, or
        are products of two vectors.
    reads_order
        Whether it reads what a person did in its order.
    here
        What the book calls it, where that is another name.
    """

    name: str
    year: int
    adds: str
    words: str
    grew_from: tuple[str, ...]
    paper: str
    chapter: str
    registered: tuple[str, ...]
    answers: str = "lists"
    is_network: bool = False
    reads_order: bool = False
    here: str = ""


FAMILY: Final = (
    Relative(
        name="Item-kNN",
        year=2001,
        adds="items that are rated alike",
        words="predicts what you will give to an item from what you gave to items that people "
        "rate like it",
        grew_from=(),
        paper="sarwar2001",
        chapter="family/neighbours",
        registered=("rating-item-knn",),
        answers="ratings",
    ),
    Relative(
        name="PMF",
        year=2008,
        adds="a vector each, and their product",
        words="gives each person and each item a vector of their own; a rating is the dot product",
        grew_from=(),
        paper="salakhutdinov2008",
        chapter="family/embeddings",
        registered=("embedding-dot",),
        answers="ratings",
        here="EmbeddingDot",
    ),
    Relative(
        name="SLIM",
        year=2011,
        adds="weights that are learned, and few",
        words="learns the weights between items instead of taking how alike they are; most are "
        "zero, and none is negative",
        grew_from=("Item-kNN",),
        paper="ning2011",
        chapter="family/shallow",
        registered=("slim",),
    ),
    Relative(
        name="AutoRec",
        year=2015,
        adds="a network that completes ratings",
        words="computes the vector from the ratings themselves, with a network that completes all "
        "ratings of a person or of an item",
        grew_from=("PMF",),
        paper="sedhain2015",
        chapter="family/autorec-deeprec",
        registered=("autorec-user", "autorec-item"),
        answers="ratings",
        is_network=True,
    ),
    Relative(
        name="CDAE",
        year=2016,
        adds="noise, a vector for each person",
        words="makes lists of items: some clicks are dropped from what the network sees, and each "
        "person has a vector of their own beside their clicks",
        grew_from=("AutoRec", "PMF"),
        paper="wu2016",
        chapter="family/cdae",
        registered=("cdae",),
        is_network=True,
    ),
    Relative(
        name="DeepRec",
        year=2017,
        adds="depth, and its answers fed back",
        words="stacks more layers, and trains once more on its own answers",
        grew_from=("AutoRec",),
        paper="kuchaiev2017",
        chapter="family/autorec-deeprec",
        registered=("deeprec",),
        answers="ratings",
        is_network=True,
    ),
    Relative(
        name="Mult-DAE",
        year=2018,
        adds="items compete in one softmax",
        words="lets all items compete for one probability, by a multinomial likelihood; without a "
        "vector for each person it serves people whom it never met",
        grew_from=("CDAE",),
        paper="liang2018",
        chapter="foundations/mult-vae",
        registered=("mult-dae",),
        is_network=True,
    ),
    Relative(
        name="Mult-VAE",
        year=2018,
        adds="a code that is a distribution",
        words="makes the code a distribution, which a KL divergence holds near a prior as strongly "
        "as β says",
        grew_from=("Mult-DAE",),
        paper="liang2018",
        chapter="foundations/mult-vae",
        registered=("mult-vae",),
        is_network=True,
    ),
    Relative(
        name="EASE",
        year=2019,
        adds="the best weights by one formula",
        words="asks for neither few weights nor positive ones, and the best weights follow from "
        "one formula",
        grew_from=("SLIM",),
        paper="steck2019",
        chapter="family/shallow",
        registered=("ease",),
    ),
    Relative(
        name="SVAE",
        year=2019,
        adds="a memory that reads in order",
        words="reads the clicks in their order with a recurrent network, and predicts the next",
        grew_from=("Mult-VAE",),
        paper="sachdeva2019",
        chapter="family/svae",
        registered=("svae",),
        is_network=True,
        reads_order=True,
    ),
    Relative(
        name="H+Vamp",
        year=2019,
        adds="two codes, a learned prior",
        words="has a code above the code, gates in its layers, and a prior that is learned",
        grew_from=("Mult-VAE",),
        paper="kim2019",
        chapter="family/recvae",
        registered=("hvamp",),
        is_network=True,
    ),
    Relative(
        name="EDLAE",
        year=2020,
        adds="dropout, still by one formula",
        words="is asked for clicks that were dropped from what it sees; the mean over all that "
        "could be dropped is again one formula",
        grew_from=("EASE",),
        paper="steck2020edlae",
        chapter="family/shallow",
        registered=("edlae",),
    ),
    Relative(
        name="RecVAE",
        year=2020,
        adds="a prior of its own past",
        words="holds the code near what the encoder said before, has a denser encoder, and trains "
        "encoder and decoder in turns",
        grew_from=("Mult-VAE",),
        paper="shenbin2020",
        chapter="family/recvae",
        registered=("recvae",),
        is_network=True,
    ),
    Relative(
        name="ELSA",
        year=2022,
        adds="thin weights for long catalogues",
        words="makes the weights of one vector an item, so that memory grows with the catalogue "
        "and not with its square",
        grew_from=("EASE",),
        paper="vancura2022",
        chapter="family/shallow",
        registered=("elsa",),
    ),
)

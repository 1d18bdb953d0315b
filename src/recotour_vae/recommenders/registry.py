"""Every recommender by name: where its code is, what it needs, what it answers.

Nothing of a recommender is imported before it is used, so that listing them costs nothing. A
package of somebody else's adds its own through an entry point of the group
`recotour_vae.recommenders` that names an `Entry`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from recotour_vae.errors import ConfigError, MissingPackageError

if TYPE_CHECKING:
    from recotour_vae.recommenders.interface import Recommender

GROUP: Final = "recotour_vae.recommenders"  # of the entry points
_NETWORK: Final = "recotour_vae.training.recommender:NetworkRecommender"
_LIANG: Final = "Liang et al. 2018"


@dataclass(frozen=True)
class Entry:
    """A recommender as the registry knows it.

    Attributes
    ----------
    name
        What it is called on the command line, in experiments and in tables.
    title
        What it is called in sentences.
    about
        What it does, in a few words.
    paper
        Where it is from.
    home
        Its class as `module:Class`. Of a network that the `Trainer` trains, the class that holds
        network and training together.
    networks
        For each framework the class of the network, `module:Class`; empty for what needs none.
        The first is the default.
    config
        Class of a network's own settings, where they can be read without the framework.
    needs
        What it is fitted on: `clicks`, or also `ratings` or `times`.
    answers
        What it can be asked for: `lists`, `ratings`.
    """

    name: str
    title: str
    about: str
    paper: str
    home: str = _NETWORK
    networks: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    needs: tuple[str, ...] = ("clicks",)
    answers: tuple[str, ...] = ("lists",)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Frameworks that its network is written in; none for what is fitted without one."""
        return tuple(self.networks)

    def cls(self) -> "type[Recommender[Any]]":
        """Import its class."""
        found: type[Recommender[Any]] = load(self.home)
        return found

    def network(self, framework: str) -> Any:
        """Import the class of its network.

        Raises
        ------
        ConfigError
            When it is not written in that framework.
        """
        self.check_framework(framework)
        return load(self.networks[framework])

    def check_framework(self, framework: str) -> None:
        """Refuse a framework that its network is not written in.

        Raises
        ------
        ConfigError
            Naming those that it is written in.
        """
        if framework not in self.networks:
            known = " or ".join(self.networks) or "none"
            raise ConfigError(
                f"framework is '{framework}', and {self.name} has {known}; choose from those."
            )

    def config_class(self) -> type[Any]:
        """Import the class of its own settings."""
        found: type[Any] = load(self.config) if self.config else self.cls().Config
        return found

    def options(self) -> dict[str, Any]:
        """Give the names of all settings, those of training among them, and their defaults."""
        return self.cls().options(self)

    def make(self, framework: str = "", **options: Any) -> "Recommender[Any]":
        """Build it, ready to be fitted.

        Parameters
        ----------
        framework
            Of a network; empty takes the first that it is written in.
        **options
            By the names that `options` gives.

        Raises
        ------
        ConfigError
            When there is no such option or framework, or a value is out of its range.
        """
        own = self.options()
        for name in sorted(set(options) - set(own)):
            known = ", ".join(sorted(own)) or "none"
            raise ConfigError(f"{self.name} has no option '{name}'; there are {known}.")
        return self.cls().from_options(self, framework, options)


def add(one: Entry) -> None:
    """Make a recommender known in this process; of one name the last counts."""
    ENTRIES[one.name] = one


def entry(name: str) -> Entry:
    """Find a recommender.

    Raises
    ------
    ConfigError
        When nobody knows it.
    """
    found = ENTRIES.get(name) or _others().get(name)
    if found is None:
        raise ConfigError(
            f"There is no model '{name}'; choose one of {', '.join(names())}, which "
            "recotour-vae models describes."
        )
    return found


def names() -> tuple[str, ...]:
    """Name all recommenders, those of other packages last."""
    return tuple(dict.fromkeys([*ENTRIES, *_others()]))


def make(name: str, framework: str = "", **options: Any) -> "Recommender[Any]":
    """Build a recommender by its name, ready to be fitted.

    Raises
    ------
    ConfigError
        When nobody knows it, or as `Entry.make` says.
    """
    return entry(name).make(framework, **options)


def load(path: str) -> Any:
    """Import what `module:name` says."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


@cache
def _others() -> dict[str, Entry]:
    """Ask the packages that are installed; one that cannot be imported is named."""
    from importlib.metadata import entry_points

    found: dict[str, Entry] = {}
    for point in entry_points(group=GROUP):
        try:
            one = point.load()
        except ImportError as error:
            raise MissingPackageError(
                f"The recommender {point.name} of {point.value} cannot be imported ({error}); "
                "mend that package, or take it away."
            ) from error
        found[one.name] = one
    return found


def _baseline(name: str, title: str, home: str, about: str, paper: str) -> Entry:
    return Entry(name, title, about, paper, f"recotour_vae.recommenders.{home}")


def _rater(
    name: str, title: str, home: str, about: str, paper: str, room: str = "recommenders"
) -> Entry:
    where = f"recotour_vae.{room}.ratings.{home}"
    answers = ("ratings", "lists")
    return Entry(name, title, about, paper, where, needs=("ratings",), answers=answers)


def _autoencoder(name: str, title: str, about: str) -> Entry:
    kind = title.replace("-", "")
    networks = {one: f"recotour_vae.models.{one}:{kind}" for one in ("pytorch", "gluon")}
    config = f"recotour_vae.models.config:{kind}Config"
    return Entry(name, title, about, _LIANG, networks=networks, config=config)


def _network(name: str, title: str, module: str, kind: str, about: str, paper: str) -> Entry:
    """Describe a network in PyTorch alone, whose settings stand in a module of their own."""
    networks = {"pytorch": f"recotour_vae.models.pytorch.{module}:{kind}"}
    config = f"recotour_vae.models.{module}_config:{kind}Config"
    return Entry(name, title, about, paper, networks=networks, config=config)


ENTRIES: Final = {
    one.name: one
    for one in (
        _autoencoder("mult-vae", "Mult-VAE", "variational autoencoder, multinomial likelihood"),
        _autoencoder("mult-dae", "Mult-DAE", "denoising autoencoder, multinomial likelihood"),
        _network(
            "cdae",
            "CDAE",
            module="cdae",
            kind="CDAE",
            about="denoising autoencoder with a vector for each person",
            paper="Wu et al. 2016",
        ),
        _network(
            "recvae",
            "RecVAE",
            module="recvae",
            kind="RecVAE",
            about="Mult-VAE with a denser encoder and a prior of its own past",
            paper="Shenbin et al. 2020",
        ),
        _network(
            "hvamp",
            "H+Vamp",
            module="hvamp",
            kind="HVamp",
            about="variational autoencoder with two codes, a learned prior and gates",
            paper="Kim and Suh 2019",
        ),
        _baseline(
            "popularity",
            "Popularity",
            home="popularity:Popularity",
            about="the most clicked items for everybody",
            paper="none",
        ),
        _baseline(
            "item-knn",
            "Item-kNN",
            home="neighbours.item_knn:ItemKNN",
            about="neighbours among the items",
            paper="Deshpande and Karypis 2004",
        ),
        _baseline(
            "user-knn",
            "User-kNN",
            home="neighbours.user_knn:UserKNN",
            about="neighbours among the users",
            paper="Herlocker et al. 1999",
        ),
        _baseline(
            "rp3beta",
            "RP3beta",
            home="rp3beta:RP3beta",
            about="a random walk of three steps, less popularity",
            paper="Paudel et al. 2017",
        ),
        _baseline(
            "puresvd",
            "PureSVD",
            home="factors.puresvd:PureSVD",
            about="leading singular vectors of the clicks",
            paper="Cremonesi et al. 2010",
        ),
        _baseline(
            "ials",
            "iALS",
            home="factors.ials:IALS",
            about="matrix factorisation over all cells",
            paper="Hu et al. 2008, Rendle et al. 2022",
        ),
        _baseline(
            "slim",
            "SLIM",
            home="linear.slim:SLIM",
            about="linear autoencoder, few weights, none negative",
            paper="Ning and Karypis 2011",
        ),
        _baseline(
            "ease",
            "EASE",
            home="linear.ease:EASE",
            about="linear autoencoder in closed form",
            paper="Steck 2019",
        ),
        _baseline(
            "edlae",
            "EDLAE",
            home="linear.edlae:EDLAE",
            about="linear denoising autoencoder in closed form",
            paper="Steck 2020",
        ),
        _network(
            "elsa",
            "ELSA",
            module="elsa",
            kind="ELSA",
            about="linear autoencoder of low rank, for large catalogues",
            paper="Vančura et al. 2022",
        ),
        _rater(
            "bias",
            "Biases",
            home="bias:Bias",
            about="generous people and liked items",
            paper="Koren 2010",
        ),
        _rater(
            "rating-item-knn",
            "Item-kNN of ratings",
            home="item_knn:RatingItemKNN",
            about="what you gave to items that are rated alike",
            paper="Sarwar et al. 2001",
        ),
        _rater(
            "rating-user-knn",
            "User-kNN of ratings",
            home="user_knn:RatingUserKNN",
            about="what people gave who rate as you do",
            paper="Herlocker et al. 1999",
        ),
        _rater(
            "autorec-user",
            "U-AutoRec",
            home="autorec:UserAutoRec",
            about="autoencoder that completes a person's ratings",
            paper="Sedhain et al. 2015",
        ),
        _rater(
            "autorec-item",
            "I-AutoRec",
            home="autorec:ItemAutoRec",
            about="autoencoder that completes an item's ratings",
            paper="Sedhain et al. 2015",
        ),
        _rater(
            "embedding-dot",
            "EmbeddingDot",
            home="embedding_dot:EmbeddingDot",
            about="a vector a person, a vector an item, their dot product",
            paper="Salakhutdinov and Mnih 2008",
            room="training",
        ),
        _rater(
            "collab-nn",
            "CollabNN",
            home="collab_nn:CollabNN",
            about="the two vectors through a hidden layer",
            paper="Howard and Gugger 2020",
            room="training",
        ),
        _rater(
            "deeprec",
            "DeepRec",
            home="deeprec:DeepRec",
            about="deep autoencoder of a person's ratings, fed with its answers",
            paper="Kuchaiev and Ginsburg 2017",
            room="training",
        ),
        Entry(
            "svae",
            "SVAE",
            "variational autoencoder of what comes next, with a memory",
            "Sachdeva et al. 2019",
            "recotour_vae.training.sequences.svae:SVAE",
            config="recotour_vae.training.sequences.config:SVAEConfig",
            needs=("clicks", "times"),
        ),
    )
}

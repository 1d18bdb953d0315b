"""The same model in either framework: build it, and carry its weights across."""

from typing import TYPE_CHECKING

from recotour_vae.models.config import Framework, ModelConfig
from recotour_vae.recommenders.registry import entry

if TYPE_CHECKING:
    from recotour_vae.models import gluon, pytorch

    Model = pytorch.MultVAE | pytorch.MultDAE | gluon.MultVAE | gluon.MultDAE


def make_model(
    config: ModelConfig, n_items: int, seed: int = 0, framework: Framework = "pytorch"
) -> "Model":
    """Build the model that a configuration describes.

    Parameters
    ----------
    config
        Settings; those of a `MultVAEConfig` hold β too.
    n_items
        Width of the click matrix.
    seed
        Seed of the initial weights. The frameworks draw from the same distribution, each with
        its own generator; `convert` gives equal weights.
    framework
        `pytorch` or `gluon`.

    Raises
    ------
    ConfigError
        When there is no such framework.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    model: Model = entry(config.kind).network(framework).of(config, n_items, seed)
    return model


def convert(model: "Model", to: Framework) -> "Model":
    """Build a model's twin in a framework, with the same weights.

    Parameters
    ----------
    model
        Of either framework; it is left as it is.
    to
        `pytorch` or `gluon`.

    Returns
    -------
    MultVAE or MultDAE
        Of that framework, on the CPU.

    Raises
    ------
    ConfigError
        When there is no such framework.
    MissingPackageError
        When Gluon is asked for and MXNet is not installed.
    """
    twin = make_model(model.config, model.n_items, framework=to)
    twin.load_arrays(model.arrays())
    return twin

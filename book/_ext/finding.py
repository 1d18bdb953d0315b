"""Say in a page what the comparison of all models found, from results/ and not from memory.

The role `` {finding}`difference` `` gives one number of {doc}`results/progress`: NDCG@100 of EASE
(`ease`) and of Mult-VAE (`mult-vae`), by how much the first is higher for the same people
(`difference`), and the ends of that difference's 95 % interval (`low`, `high`).
"""

from functools import cache
from pathlib import Path

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from recotour_vae.evaluation.statistics import comparison
from recotour_vae.experiments import read, search
from recotour_vae.experiments.results import Results

METRIC, ONE, OTHER = "ndcg@100", "EASE", "Mult-VAE"
DECLARED, STORED = (
    "experiments/progress.toml",
    ("results/progress.csv", "results/progress-users.csv"),
)

logger = logging.getLogger(__name__)


@cache
def numbers(root: Path) -> dict[str, str]:
    """Return the numbers of the finding, rounded as the chapter rounds them."""
    experiment = read(root / DECLARED)
    results = Results(root / "results", experiment.name)
    values = results.lists(results.users, METRIC)
    finals = {one.name: search.finals(one, results) for one in experiment.searches}

    def seeds(name: str) -> list[pd.Series]:
        return [pd.Series(values[it.id]) for it in finals[name] if it.split is None]

    users = comparison.by_user({name: seeds(name) for name in (ONE, OTHER)})
    row = comparison.compare(users, [(ONE, OTHER)]).iloc[0]
    found = {"ease": users[ONE].mean(), "mult-vae": users[OTHER].mean()}
    found |= {"difference": row["mean"], "low": row["low"], "high": row["high"]}
    return {name: f"{value:.3f}" for name, value in found.items()}


class FindingRole(SphinxRole):
    """Read which number is wanted."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number, and have the page made anew when the results change."""
        root = Path(self.env.srcdir).parent
        for path in (DECLARED, *STORED):
            self.env.note_dependency(str(root / path))
        found = numbers(root)
        if self.text not in found:
            known = ", ".join(f"`{name}`" for name in found)
            words = f"There is no finding `{self.text}`: use one of {known}."
            logger.warning(words, location=self.get_location(), type="finding")
        return [nodes.Text(found.get(self.text, self.text))], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_role("finding", FindingRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Name a solution after its exercise: "Solution to exercise 2.3".

In the style in which solutions follow their exercises sphinx-exercise calls each "Solution", which
is no name for the button that opens it, nor in a list of the page's parts.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_enumerable_node, solution_node
from sphinx_exercise.utils import get_node_number


class NamedSolutions(SphinxPostTransform):
    """Write the number of the exercise into each solution's title."""

    default_priority = 23  # after sphinx-exercise has made the title

    def run(self, **kwargs: object) -> None:
        """Visit the solutions whose exercises have numbers."""
        known = getattr(self.env, "sphinx_exercise_registry", {})
        for node in self.document.findall(solution_node):
            exercise = known.get(node.get("target_label"), {}).get("node")
            if isinstance(exercise, exercise_enumerable_node):
                number = get_node_number(self.app, exercise, "exercise")
                node.children[0] += nodes.Text(f" to exercise {number}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(NamedSolutions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

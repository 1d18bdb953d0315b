"""Stands in for MyST-NB in a notebook by itself, where no page is made of what a cell glues."""


def glue(name: str, value: object, display: bool = True) -> None:
    """Show a value if that is asked for."""
    if display:
        from IPython.display import display as show

        show(value)

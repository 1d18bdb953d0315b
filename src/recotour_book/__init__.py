"""What only the book needs: its figures, and what its cells call. It is in no wheel.

The library knows nothing of it. `pip install -e .` in a clone puts it on the path beside the
library, as `make env` does; a notebook on another machine gets both by
`pip install -e "git+URL#egg=recotour-vae[book]"`, which is such a clone.
"""

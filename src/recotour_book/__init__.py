"""What only the book needs: its figures, and what its cells call. It is in no wheel.

The library knows nothing of it. It comes with a clone: an editable install (`pip install -e .`, as
`make env` does) puts the folder `src` on the path, and with it this package beside the library. A
single notebook on another machine gets both in the same way: clone, `pip install -e ".[book]"`
there, and restart the kernel, which reads its path when it starts.
"""

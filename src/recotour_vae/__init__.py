"""Variational autoencoders for collaborative filtering: the library under the book.

Nothing heavy is imported here; each module brings in a framework only when it is used.
"""

__version__ = "0.1.0"

"""The door that `show_source` was behind: it is in `recotour_book.notebooks`, the book's own."""

from recotour_vae.lazy import in_the_book

__getattr__ = in_the_book("recotour_vae.notebooks", "recotour_book.notebooks")

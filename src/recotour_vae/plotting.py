"""The door that figures were behind: they are `recotour_book.plotting`, the book's own."""

from recotour_vae.lazy import in_the_book

__getattr__ = in_the_book("recotour_vae.plotting", "recotour_book.plotting")

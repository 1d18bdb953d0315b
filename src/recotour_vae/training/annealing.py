"""The annealing of β where it was once: it belongs to the networks that have a β."""

from recotour_vae.models.annealing import beta_at, fraction_beta, paper_beta

__all__ = ["beta_at", "fraction_beta", "paper_beta"]

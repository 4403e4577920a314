"""Profiles: who people are, the pages of artists, and what gathers around them."""

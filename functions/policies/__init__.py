"""Versions of an artist's policies, and who accepted them."""

"""Policies: an artist's published rules, and the proof of who accepted them."""

"""Policies: what artists lay down, and the proof of who accepted it."""

"""Erasure across all features: what remains of a deleted account, wherever it was."""

"""Use cases: one module per subject."""

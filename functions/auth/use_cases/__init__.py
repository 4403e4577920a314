"""Use cases of auth: one module per subject."""

"""Use cases of gateway: one module per subject."""

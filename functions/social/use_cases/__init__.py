"""Use cases of social, one module per subject."""

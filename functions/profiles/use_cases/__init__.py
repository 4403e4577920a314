"""Use cases of profiles, one module per subject."""

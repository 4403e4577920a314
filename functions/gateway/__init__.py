"""Health of the platform and the description of its API."""

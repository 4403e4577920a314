"""The Lambda layer: HTTP, events, data stores and the platform, for all features."""

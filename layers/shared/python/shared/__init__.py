"""The Lambda layer: what features use to serve HTTP, exchange events and store data."""

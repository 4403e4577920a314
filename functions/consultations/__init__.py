"""Requests of clients to artists, with the artist's intake form."""

"""Consultations: a client asks an artist, and what becomes of it."""

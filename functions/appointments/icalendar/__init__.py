"""Calendars as RFC 5545 writes them, and fetching those of other programs."""

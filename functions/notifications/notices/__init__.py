"""Notices: what each domain event says to whom."""

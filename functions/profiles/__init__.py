"""Profiles: people, artists' pages and search, portfolios, clients, reviews and vouchers."""

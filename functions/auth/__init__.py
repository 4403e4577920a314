"""Accounts, sessions, access tokens and the keys that verify them."""

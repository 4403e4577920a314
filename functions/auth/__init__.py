"""Accounts: who somebody is here, and the sessions they hold."""

"""Callbacks: reports of providers, and replies of people, in the providers' formats."""

"""Simulation: a day of many users, replayed against the counted calls of the use cases."""

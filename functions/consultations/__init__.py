"""Consultations: requests of clients to artists, and the proposals they lead to."""

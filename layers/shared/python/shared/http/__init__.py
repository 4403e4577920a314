"""HTTP: requests, responses and problems."""

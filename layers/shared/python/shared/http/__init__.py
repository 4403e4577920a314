"""HTTP: routes, requests, responses and problems."""

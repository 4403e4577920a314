"""The thread between an artist and a client."""

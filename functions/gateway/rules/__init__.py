"""Rules of gateway: what may be forwarded."""

"""Rules of auth: pure functions and values."""

"""Rules of policies: pure functions and values."""

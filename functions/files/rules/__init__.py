"""Rules of files: pure functions and values."""

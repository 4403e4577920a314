"""Unit tests of auth's rules."""

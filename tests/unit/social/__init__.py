"""Unit tests of social."""

"""Functional tests of social."""

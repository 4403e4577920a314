"""Tests of the pure rules of auth."""

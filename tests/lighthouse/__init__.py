"""Figures of Lighthouse for the web example (docs/performance.md)."""

"""Figures of `make bench`, as ratios against a baseline of the same run, without assertions."""

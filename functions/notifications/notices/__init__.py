"""Notices: the notifications of domain events. One module per subject."""

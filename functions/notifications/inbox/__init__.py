"""The inbox: a channel that keeps what it delivers."""

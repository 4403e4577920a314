"""The inbox: the channel without a provider, whose messages are delivered once they are stored."""

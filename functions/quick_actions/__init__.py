"""quick_actions: an artist's one-tap actions over a chat."""

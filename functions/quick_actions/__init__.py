"""An artist's one-tap actions in a conversation."""

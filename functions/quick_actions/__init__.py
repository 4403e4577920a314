"""Quick actions of artists: buttons that send prepared texts to a client."""

"""Pictures of every screen of the web example, for the documentation."""

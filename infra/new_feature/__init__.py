"""Generator that creates a feature from the files in templates/ and removes it again."""

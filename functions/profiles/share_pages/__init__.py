"""Share pages: what link previews and search engines read of an artist."""

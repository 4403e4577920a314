"""Templates: the language, the rules and what we ship."""

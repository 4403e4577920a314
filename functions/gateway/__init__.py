"""Platform health, API documents, and every path that no feature declares."""

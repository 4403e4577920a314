"""The documentation site, built of docs/ by MkDocs Material."""

"""Stored records, one module per subject. Instants are UTC."""

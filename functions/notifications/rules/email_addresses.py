"""Email addresses, as they are compared."""


def normalize(email: str) -> str:
    """Normalize an address: in practice case does not distinguish people."""
    return email.strip().lower()

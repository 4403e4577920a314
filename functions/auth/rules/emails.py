"""Email addresses as they are compared."""


def normalize(email: str) -> str:
    """Return the address in lower case: in practice, case does not distinguish people."""
    return email.strip().lower()

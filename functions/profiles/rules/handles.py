"""Handles: their form, which are reserved, and when two are the same.

Case and separators do not distinguish two handles (`Mara.Voss` is `maravoss`), so that nobody can
impersonate another artist by adding a dot.
"""

import re

from domain.errors import FieldError, InvalidFields

MIN_LENGTH, MAX_LENGTH = 3, 30
MAX_HANDLES = 10  # per artist, former ones included: no one else can claim any of them
_FORM = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
# Names that are part of our addresses, or that would let their owner pass for us.
RESERVED = frozenset(
    (
        *("about", "account", "accounts", "admin", "administrator", "api", "app", "artist"),
        *("artistbooking", "artists", "auth", "billing", "board", "boards", "booking", "bookings"),
        *("client", "clients", "contact", "docs", "everyone", "explore", "health", "help", "home"),
        *("index", "info", "legal", "login", "logout", "mail", "me", "messages", "moderator"),
        *("new", "news", "noreply", "nobody", "notifications", "null", "official", "owner", "page"),
        *("password", "payment", "payments", "policies", "portfolio", "postmaster", "privacy"),
        *("profile", "profiles", "register", "reviews", "root", "search", "security", "service"),
        *("services", "settings", "signin", "signup", "staff", "status", "support", "system"),
        *("team", "terms", "undefined", "user", "users", "verified", "vouchers", "webmaster"),
        *("www",),
    )
)


def normalize(text: str, field: str) -> str:
    """Return a requested handle in its stored form.

    Raises:
        InvalidFields: The handle is malformed or reserved; the error names `field`.
    """
    handle = text.strip().removeprefix("@").lower()
    if not MIN_LENGTH <= len(handle) <= MAX_LENGTH or not _FORM.fullmatch(handle):
        form = "letters a-z, digits, and single . _ - between"
        raise InvalidFields(FieldError(field, f"must be {MIN_LENGTH} to {MAX_LENGTH} {form}"))
    if get_key(handle) in RESERVED or handle.startswith("usr_"):
        raise InvalidFields(FieldError(field, "is reserved"))
    return handle


def get_key(handle: str) -> str:
    """Return the key that two different handles never share."""
    return re.sub("[._-]", "", handle.lower())


def append_handle(handles: tuple[str, ...], handle: str) -> tuple[str, ...]:
    """Return an artist's handles with this one as the last, and without others of the same key."""
    key = get_key(handle)
    return (*(former for former in handles if get_key(former) != key), handle)

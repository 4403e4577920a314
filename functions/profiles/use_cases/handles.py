"""Handles: how they are written, which are nobody's, and whose one is.

Separators and case do not distinguish two handles (`Mara.Voss` is `maravoss`), so that nobody can
pass for somebody else by a dot.
"""

import re

from domain.errors import FieldError, InvalidFields, NotFound
from profiles.schemas.common import ULID
from profiles.store import handles as store

SHORTEST, LONGEST = 3, 30
MAX_HANDLES = 10  # that an artist ever had; nobody else gets one of them while they are here
_SHAPE = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_USER_ID = re.compile(f"usr_{ULID}")
# What is part of our addresses, or would pass for us.
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


def written(text: str, field: str) -> str:
    """The handle as it is kept. Raises a 422 Problem naming the field for one that nobody gets."""
    handle = text.strip().removeprefix("@").lower()
    if not SHORTEST <= len(handle) <= LONGEST or not _SHAPE.fullmatch(handle):
        raise InvalidFields(
            FieldError(
                field,
                f"must be {SHORTEST} to {LONGEST} letters a-z, digits, and single . _ - between",
            )
        )
    if key(handle) in RESERVED or handle.startswith("usr_"):
        raise InvalidFields(FieldError(field, "is reserved"))
    return handle


def key(handle: str) -> str:
    """What two handles must not share."""
    return re.sub("[._-]", "", handle.lower())


def artist_id_of(name: str) -> str:
    """Who has, or had, this handle; also of their id. Raises a 404 Problem where nobody has."""
    if _USER_ID.fullmatch(name):
        return name
    owner = store.find_owner(key(name)) if len(name) <= LONGEST else None
    if owner is None:
        raise NotFound("There is no such artist.")
    return owner


def with_handle(handles: tuple[str, ...], handle: str) -> tuple[str, ...]:
    """All that the artist ever had, and this one as the last."""
    return (*(had for had in handles if key(had) != key(handle)), handle)

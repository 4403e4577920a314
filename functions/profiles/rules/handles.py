"""Handles: their form, which are reserved, and when two are the same.

Case and separators do not distinguish two handles (`Mara.Voss` is `maravoss`), so that nobody can
impersonate another artist by adding a dot. Nor can they with letters that look alike: `rnara` is
taken once `mara` is.
"""

import re

from domain import impersonation, lookalikes
from domain.errors import FieldError, InvalidFields

MIN_LENGTH, MAX_LENGTH = 3, 30
MAX_HANDLES = 10  # per artist, former ones included: no one else can claim any of them
LOOKALIKES = "~"  # begins a key of handles that look alike; no handle has it
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
_RESERVED_SKELETONS = frozenset(map(lookalikes.get_skeleton, RESERVED))
_OWN_BRAND = lookalikes.get_skeleton(impersonation.OWN_BRAND)


def normalize(text: str, field: str) -> str:
    """Return a requested handle in its stored form.

    Raises:
        InvalidFields: The handle is malformed or reserved; the error names `field`.
    """
    handle = text.strip().removeprefix("@").lower()
    if not MIN_LENGTH <= len(handle) <= MAX_LENGTH or not _FORM.fullmatch(handle):
        form = "letters a-z, digits, and single . _ - between"
        raise InvalidFields(FieldError(field, f"must be {MIN_LENGTH} to {MAX_LENGTH} {form}"))
    if is_reserved(handle):
        raise InvalidFields(FieldError(field, "is reserved"))
    return handle


def is_reserved(handle: str) -> bool:
    """Return whether nobody can claim a handle, or one that looks like it.

    Those that were claimed before they were reserved stay with their artists.
    """
    skeletons = {lookalikes.get_skeleton(each) for each in (handle, lookalikes.read_digits(handle))}
    return (
        handle.startswith("usr_")
        or not skeletons.isdisjoint(_RESERVED_SKELETONS)
        or any(_OWN_BRAND in skeleton for skeleton in skeletons)
        or impersonation.passes_for_others(handle)
    )


def get_key(handle: str) -> str:
    """Return the key that two different handles never share."""
    return re.sub("[._-]", "", handle.lower())


def get_lookalike_key(handle: str) -> str:
    """Return the key that handles of two artists never share: that of all that look like it."""
    return f"{LOOKALIKES}{lookalikes.get_skeleton(handle)}"


def list_keys(handle: str) -> tuple[str, str]:
    """Return both keys that an artist claims with a handle."""
    return get_key(handle), get_lookalike_key(handle)


def append_handle(handles: tuple[str, ...], handle: str) -> tuple[str, ...]:
    """Return an artist's handles with this one as the last, and without others of the same key."""
    key = get_key(handle)
    return (*(former for former in handles if get_key(former) != key), handle)

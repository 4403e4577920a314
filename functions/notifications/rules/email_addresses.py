"""Email addresses: as they are compared, and as a mail server takes them."""

import re
from functools import lru_cache

import msgspec

MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets
MAX_LOCAL_LENGTH = 64

# Nearly all addresses: a dot-atom (RFC 5322, 3.2.3) at a domain of letters, digits and hyphens.
# Those with "xn--" are checked like other internationalized domains.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!xn--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_USUAL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?!\d+\Z){_LABEL})", re.ASCII)


class Mailbox(msgspec.Struct, frozen=True):
    """An address as a mail server takes it.

    Attributes:
        address: The address, its domain in ASCII (IDNA 2008, RFC 5891).
        needs_utf8: Whether the part before the at sign is not ASCII, so that the server must
            offer SMTPUTF8 (RFC 6531).
    """

    address: str
    needs_utf8: bool


def normalize(email: str) -> str:
    """Normalize an address: in practice case does not distinguish people.

    An internationalized domain is in ASCII, as in the addresses of accounts.
    """
    text = email.strip().lower()
    mailbox = parse(text)
    return text if mailbox is None else mailbox.address


@lru_cache(maxsize=256)
def parse(address: str) -> Mailbox | None:
    """Return an address as a mail server takes it; None if it is not one.

    What the grammar allows besides is refused: comments and quoted words, which some programs
    read as another address, and servers by number, which may be in our network.
    """
    if len(address) > MAX_LENGTH or "=?" in address:  # programs decode encoded words anywhere
        return None
    usual = _USUAL.fullmatch(address)
    if usual is not None:
        return Mailbox(address, False) if len(usual[1]) <= MAX_LOCAL_LENGTH else None
    if address.isascii() and "xn--" not in address.lower():
        return None
    # Imported here because it is slow, and hardly ever needed.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        valid = validate_email(
            address, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except (EmailNotValidError, UnicodeError, ValueError):
        return None
    local, _, domain = address.rpartition("@")
    is_same = valid.local_part == local and "." in valid.ascii_domain and domain.isprintable()
    return Mailbox(f"{local}@{valid.ascii_domain}", not local.isascii()) if is_same else None

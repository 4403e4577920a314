"""Email addresses: one spelling of each, and which of them a mail server can take.

Fullwidth letters, ideographic full stops and the two spellings of an internationalized domain are
the same address to people and to mail servers, so they are one account. Sub-addresses
(`ada+news@`) and dots in the local part are what the mail server makes of them, and stay distinct.
"""

import unicodedata
from contextlib import suppress


def normalize(email: str) -> str:
    """Return the address in the spelling that is stored and compared.

    NFKC, lower case (in practice, case does not distinguish people), and the domain in ASCII as
    mail servers know it (IDNA 2008 with the mapping of UTS 46). A domain that has no such form is
    left as it is: `find_error` says so where an address is new.
    """
    text = unicodedata.normalize("NFKC", email.strip()).lower()
    local, at, domain = text.rpartition("@")
    return f"{local}{at}{_to_ascii(domain)}"


def list_spellings(email: str) -> list[str]:
    """Return the spellings that an account with this address may be stored under.

    The first one is that of `normalize`. Accounts from before it had the lower case of what was
    typed; those of other spellings than ASCII are found by it, and by the domain in Unicode.
    """
    normal = normalize(email)
    local, at, domain = normal.rpartition("@")
    spellings = [normal, email.strip().lower()]
    if "xn--" in domain:
        spellings.append(f"{local}{at}{_to_unicode(domain)}")
    return list(dict.fromkeys(spellings))


def find_error(email: str) -> str | None:
    """Return why no mail server takes this normalized address; None if one may.

    Asks no server: that would reveal who registers, and stop registrations with the network.
    Quoted local parts, addresses of hosts by number and special-use domains (RFC 6761) are refused.
    """
    # Imported here because it is slow, and needed only where an address is new.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        validate_email(email, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return f"is no address that mail can be sent to: {_lower_first(str(error))}"
    return None


def _to_ascii(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain:
        return domain
    import idna  # noqa: PLC0415  # slow, and hardly ever needed

    with suppress(idna.IDNAError, UnicodeError):
        return idna.encode(domain, uts46=True).decode()
    return domain


def _to_unicode(domain: str) -> str:
    import idna  # noqa: PLC0415

    with suppress(idna.IDNAError, UnicodeError):
        return idna.decode(domain)
    return domain


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")

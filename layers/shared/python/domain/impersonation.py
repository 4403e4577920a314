"""Names that pass for the product's own people, or for a company that people know.

A name does if it is made of offices and what stands beside them, as `Support Team` is, or if one of
its words is a brand. Letters and digits that look alike count as what they look like.
"""

from domain import lookalikes

IMPERSONATES = "passes for our team or for a company: choose another"
OWN_BRAND = "artistbooking"
_BRANDS = frozenset(
    (
        *("airbnb", "amazon", "apple", "discord", "ebay", "facebook", "fresha", "gmail", "google"),
        *("icloud", "instagram", "klarna", "linkedin", "mastercard", "messenger", "microsoft"),
        *("netflix", "openai", "outlook", "paypal", "pinterest", "reddit", "shopify", "snapchat"),
        *("spotify", "stripe", "telegram", "tiktok", "treatwell", "twilio", "twitter", "vonage"),
        *("whatsapp", "wikipedia", "youtube"),
    )
)
# Each of these says who somebody is.
_OFFICES = frozenset(
    (
        *("abuse", "admin", "administrator", "administration", "admins", "billing", "compliance"),
        *("customercare", "customerservice", "helpdesk", "help", "hostmaster", "mod", "moderation"),
        *("moderator", "moderators", "noreply", "official", "postmaster", "root", "security"),
        *("staff", "superuser", "support", "supporter", "supportteam", "sysadmin", "webmaster"),
    )
)
# These do beside one of them.
_BESIDE = frozenset(
    (
        *("account", "accounts", "app", "artist", "artists", "booking", "bookings", "care"),
        *("center", "centre", "chat", "client", "clients", "contact", "customer", "customers"),
        *("department", "desk", "group", "hq", "hub", "info", "line", "live", "mail", "office"),
        *("online", "our", "page", "payment", "payments", "platform", "real", "safety", "service"),
        *(
            "services",
            "system",
            "team",
            "the",
            "this",
            "trust",
            "user",
            "users",
            "verified",
            "your",
        ),
    )
)


def passes_for_others(name: str) -> bool:
    """Return whether a name passes for our team or for a company."""
    readings = {name, lookalikes.read_digits(name), lookalikes.read_digits(name.strip(_DIGITS))}
    return any(_is_claimed(lookalikes.split_skeletons(each)) for each in readings)


def find_fault(name: str) -> str | None:
    """Return what is wrong with a name that others see, or None."""
    return IMPERSONATES if passes_for_others(name) else None


_DIGITS = "0123456789 ._-"
_BRAND_SKELETONS = frozenset(map(lookalikes.get_skeleton, (*_BRANDS, OWN_BRAND)))
_OFFICE_SKELETONS = frozenset(map(lookalikes.get_skeleton, _OFFICES)) | _BRAND_SKELETONS
_BESIDE_SKELETONS = frozenset(map(lookalikes.get_skeleton, _BESIDE))
_LENGTHS = sorted({len(each) for each in _OFFICE_SKELETONS | _BESIDE_SKELETONS})


def _is_claimed(words: list[str]) -> bool:
    return any(word in _BRAND_SKELETONS for word in words) or _is_made_of_claims("".join(words))


def _is_made_of_claims(text: str) -> bool:
    """Return whether a skeleton is made of the words above, at least one of them an office."""
    reached = {(0, False)}  # where a word may begin, and whether there was an office before
    for start in range(len(text)):
        for claims in {claims for place, claims in reached if place == start}:
            for length in _LENGTHS:
                word = text[start : start + length]
                if word in _OFFICE_SKELETONS:
                    reached.add((start + length, True))
                elif word in _BESIDE_SKELETONS:
                    reached.add((start + length, claims))
    return (len(text), True) in reached

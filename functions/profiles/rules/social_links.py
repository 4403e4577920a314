"""Links to an artist elsewhere: each points at a page of its network, and at nothing else."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct
from msgspec.structs import asdict

from domain.errors import FieldError, InvalidFields
from profiles.models.artist_pages import Socials


class _Network(Struct, frozen=True):
    """A network.

    Attributes:
        path: What the path of a person's or a company's page looks like.
        example: Such a link.
        others: First words of paths that lead to something else, or on to another site.
    """

    domain: str
    path: re.Pattern[str]
    example: str
    others: frozenset[str]


_NETWORKS: Mapping[str, _Network] = {
    "instagram": _Network(
        "instagram.com",
        re.compile(r"/([A-Za-z0-9._]{1,30})/?"),
        "https://www.instagram.com/maravoss",
        frozenset(
            ("about", "accounts", "direct", "explore", "p", "reel", "reels", "stories", "tv")
        ),
    ),
    "facebook": _Network(
        "facebook.com",
        re.compile(r"/(?:(?:pg|people)/)?([A-Za-z0-9.-]{1,80})(?:/[0-9]+)?/?"),
        "https://www.facebook.com/maravoss",
        frozenset(
            (
                *("ads", "dialog", "events", "flx", "gaming", "groups", "hashtag", "help", "l.php"),
                *("login", "login.php", "marketplace", "pages", "people", "permalink.php", "pg"),
                *("photo", "photo.php", "plugins", "policies", "privacy", "profile.php", "reel"),
                *("settings", "share", "share.php", "sharer", "sharer.php", "stories", "story.php"),
                *("tr", "watch"),
            )
        ),
    ),
    "tiktok": _Network(
        "tiktok.com",
        re.compile(r"/@([A-Za-z0-9._]{2,24})/?"),
        "https://www.tiktok.com/@maravoss",
        frozenset(),
    ),
    "youtube": _Network(
        "youtube.com",
        re.compile(r"/(?:@|c/|user/|channel/)([\w.%-]{1,100})/?"),
        "https://www.youtube.com/@maravoss",
        frozenset(),
    ),
}
_SUBDOMAINS = ("", "www.", "m.")
_NUMBERED = "/profile.php"  # a page of Facebook that has no name


def normalize(socials: Socials, field: str) -> Socials:
    """Return the links as they are stored: without what people copied along with them.

    Raises:
        InvalidFields: A link does not lead to a page of its network; `field` contains it.
    """
    links = {name: url for name, url in asdict(socials).items() if url is not None}
    found = {name: _normalize(url, _NETWORKS.get(name)) for name, url in links.items()}
    wrong = [
        FieldError(f"{field}.{name}", f"must be a page there, such as {_NETWORKS[name].example}")
        for name, url in found.items()
        if url is None
    ]
    if wrong:
        raise InvalidFields(*wrong)
    return Socials(**found)


def _normalize(url: str, network: _Network | None) -> str | None:
    """Return the link to a page, without its query; None if it leads elsewhere."""
    if network is None:
        return url
    parts = urlsplit(url)
    host = parts.netloc.lower().removesuffix(":443")
    if host not in {f"{subdomain}{network.domain}" for subdomain in _SUBDOMAINS}:
        return None
    base = f"https://{host}"
    if parts.path == _NUMBERED and network is _NETWORKS["facebook"]:
        number = parse_qs(parts.query).get("id", [""])[0]
        return f"{base}{_NUMBERED}?id={number}" if re.fullmatch(r"[0-9]{1,20}", number) else None
    match = network.path.fullmatch(parts.path)
    if match is None or match[1].lower() in network.others:
        return None
    return f"{base}{parts.path}"

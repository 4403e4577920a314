"""Links to the pages on which clients write a review."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from domain.errors import FieldError
from notifications.models import ReviewLinks

# The hosts of each service, and all below them.
HOSTS = {
    "google": ("google.com", "g.page", "goo.gl", "g.co"),
    "facebook": ("facebook.com", "fb.com", "fb.me"),
}


def find_errors(links: ReviewLinks, field: str) -> Iterator[FieldError]:
    """Yield an error for each link that does not lead to the service it is named after.

    Args:
        links: The links.
        field: Path of the field that contains them.
    """
    for service, hosts in HOSTS.items():
        url: str | None = getattr(links, service)
        host = "" if url is None else urlsplit(url).netloc.lower()
        if host and not any(host == known or host.endswith(f".{known}") for known in hosts):
            yield FieldError(f"{field}.{service}", f"must be a page of {' or '.join(hosts)}")

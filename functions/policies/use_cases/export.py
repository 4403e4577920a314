"""The share of policies in the export of a user's data."""

from policies.rules.hash_chain import StoredLink
from policies.store import acceptances, drafts, versions

PAGE_SIZE = 100


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    given: list[StoredLink] = []
    before: str | None = None
    while True:
        page, before = acceptances.list_given(user_id, before, PAGE_SIZE)
        given += page
        if before is None:
            break
    return {
        "acceptances": [item.link for item in given],
        "drafts": drafts.list_drafts(user_id, None, PAGE_SIZE),
        "policies": versions.list_current(user_id, None),
    }

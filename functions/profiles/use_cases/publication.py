"""Writing an artist's page: with everything that must never differ from it.

What searches find and what the page copies (name, avatar) are written in the transaction that
changes the page, so they are true in every instant and after every crash.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from profiles.events import ProfileUpdated
from profiles.models.pages import Card, Page
from profiles.rules import search_keys
from profiles.store import pages as store
from shared.events import domain_events
from shared.events.domain_events import DomainEvent


def publish(
    before: Page,
    changed: Page,
    now: datetime,
    *,
    card: Card | None = None,
    claimed: str | None = None,
    added: str | None = None,
    removed: str | None = None,
    told: Iterable[DomainEvent] = (),
    anew: bool = False,
) -> Page:
    """Keep `changed` in the place of `before`; returns it as it is kept.

    The other arguments are those of the store. anew: write what searches find even where it is as
    it was. Raises Conflict as the store does.
    """
    found = search_keys.found_of(changed)
    same = not anew and found == search_keys.found_of(before)
    page = replace(changed, index=search_keys.keys_of(found), version=before.version + 1)
    if same and set(page.index) == set(before.index):
        found = None
    store.save_page(
        before,
        page,
        found,
        card=card,
        claimed=claimed,
        added=added,
        removed=removed,
        events=told,
        now=now,
    )
    return page


def told_of(card: Card, now: datetime) -> list[DomainEvent]:
    """What others hear of a card in its new version: nothing before there is a name."""
    if not card.name:
        return []
    fact = ProfileUpdated(
        user_id=card.user_id,
        role=card.role,
        name=card.name,
        avatar=card.avatar,
        handle=card.handle,
        record_version=card.version,
    )
    return [domain_events.new_event("profiles", card.user_id, fact, now)]

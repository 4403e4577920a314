"""The rebuild: what is counted is counted again, what was copied is told again.

It walks over all people, portion by portion, as an operator's command asks for them, so each call
does bounded work. Walking twice does no harm.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from profiles.models.pages import Card, Page
from profiles.rules import search_keys
from profiles.schemas.rebuild import Difference, Portion, Rebuilt, TrueCard, TrueCards
from profiles.store import pages
from profiles.store import people as store
from profiles.use_cases import recount
from profiles.use_cases.publication import publish, told_of
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Role

Place = tuple[int, str | None]  # a shard, and after whom in it
START: Place = (0, None)
MAX_PEOPLE = 25  # of one rebuilt portion
NEEDED_SECONDS = 30  # what counting again one artist with all their works and clients may take


def copies(portion: Portion) -> TrueCards:
    """The cards of a portion, as whoever copied them must have them."""
    found, place = _walk(portion.next or START, portion.limit)
    shown = [
        TrueCard(card.user_id, card.role, card.name, card.avatar, card.handle, card.version)
        for card in found
        if card.name  # nobody heard of those without
    ]
    return TrueCards(shown, place)


def rebuild(portion: Portion, now: datetime, seconds_left: Callable[[], float]) -> Rebuilt:
    """Put right what is counted of the people of a portion, and tell of every card again.

    Nobody is begun with who may not be done with in time; the next portion goes on with them.
    """
    place = portion.next or START
    found, end = _walk(place, min(portion.limit, MAX_PEOPLE))
    differences: list[Difference] = []
    for number, card in enumerate(found):
        if seconds_left() < NEEDED_SECONDS:
            return Rebuilt(number, differences, place)
        if card.role is Role.ARTIST:
            differences += retry_on_conflict(partial(_repair_page, card, now))()
            differences += recount.artist(card.user_id, now)
        _tell_again(card, now)
        place = (store.SHARDS.index(card.user_id[-1]), card.user_id)
    return Rebuilt(len(found), differences, end)


def _walk(place: Place, limit: int) -> tuple[list[Card], Place | None]:
    """So many cards from a place on, and the place to go on from; None at the end."""
    shard, after = place
    found: list[Card] = []
    while shard < len(store.SHARDS):
        room = limit - len(found)
        more = store.list_cards(store.SHARDS[shard], after, room)
        found += more
        if len(more) == room:
            return found, (shard, more[-1].user_id)
        shard, after = shard + 1, None
    return found, None


def _repair_page(card: Card, now: datetime) -> list[Difference]:
    """Let the page show the card, and searches find the page, as they must."""
    before = pages.find_page(card.user_id) or Page(card.user_id)
    page = replace(before, name=card.name, avatar=card.avatar)
    differences = list(_differing(before, page))
    if differences:
        publish(before, page, now, anew=True)
    return differences


def _differing(before: Page, page: Page) -> Iterator[Difference]:
    artist = page.artist_id
    shown, true = (before.name, before.avatar), (page.name, page.avatar)
    if shown != true:
        yield Difference(f"page of {artist}", shown, true)
    found = search_keys.found_of(page)
    before_keys, keys = sorted(before.index), sorted(search_keys.keys_of(found))
    if before_keys != keys:
        yield Difference(f"search keys of {artist}", before_keys, keys)
    elif misfiled := pages.find_misfiled(before, found):
        yield Difference(f"misfiled under search keys of {artist}", misfiled, [])


def _tell_again(card: Card, now: datetime) -> None:
    with suppress(WriteConflict):  # it was changed meanwhile, which was told, or erased
        store.tell_again(card, told_of(card, now))

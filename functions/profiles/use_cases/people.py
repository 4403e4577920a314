"""Cards: who people are to others. From here on everybody else has their names by our events."""

from datetime import datetime
from functools import partial

from msgspec import UNSET
from msgspec.structs import replace

from domain.errors import NotFound
from profiles.models.pages import Card, Page
from profiles.schemas.consumed import UserVerified
from profiles.schemas.people import CardChange, CardView
from profiles.store import clients, table
from profiles.store import people as store
from profiles.store.pages import find_page
from profiles.use_cases.live_accounts import settled_for
from profiles.use_cases.publication import publish, told_of
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http.caller import Caller, Role


def me(caller: Caller) -> CardView:
    """The caller's card; of somebody of whom we did not hear yet, what their token says."""
    return _view(store.find_card(caller.user_id) or Card(caller.user_id, caller.role))


def change(caller: Caller, request: CardChange, now: datetime) -> CardView:
    """Change the caller's card. Raises a 401 Problem when the account was deleted."""
    return _view(settled_for(caller.user_id, partial(_change, caller, request, now)))


def see(caller: Caller, user_id: str) -> CardView:
    """Somebody's card: everybody's own, artists' for all, a client's for artists they have to do
    with.

    Raises a 404 Problem for every other one.
    """
    card = store.find_card(user_id)
    if card is None or not _may_see(caller, card):
        raise NotFound("There is no such person.")
    return _view(card)


def user_verified(event: DomainEvent, now: datetime) -> None:
    """There is a user from now on. Who has a name here already knows better than the event."""
    retry_on_conflict(partial(_arrive, decode_data(event, UserVerified), now))()


def _change(caller: Caller, request: CardChange, now: datetime) -> Card:
    before = store.find_card(caller.user_id) or Card(caller.user_id, caller.role)
    card = replace(
        before,
        name=before.name if request.name is UNSET else request.name.strip(),
        avatar=before.avatar if request.avatar is UNSET else request.avatar,
    )
    return before if card == before else _save(card, now)


def _arrive(user: UserVerified, now: datetime) -> None:
    before = store.find_card(user.user_id) or Card(user.user_id, user.role)
    if before.name:
        return
    try:
        _save(replace(before, name=user.name), now)
    except WriteConflict:
        if not table.is_deleted(user.user_id):
            raise


def _save(changed: Card, now: datetime) -> Card:
    """Keep the card in its next version, an artist's with their page, and tell of it."""
    card = replace(changed, version=changed.version + 1)
    told = told_of(card, now)
    if card.role is not Role.ARTIST:
        store.save_card(card, told)
        return card
    before = find_page(card.user_id) or Page(card.user_id)
    page = replace(before, name=card.name, avatar=card.avatar)
    publish(before, page, now, card=card, told=told)
    return card


def _may_see(caller: Caller, card: Card) -> bool:
    if caller.user_id == card.user_id or caller.is_admin or card.role is Role.ARTIST:
        return True
    return (
        card.role is Role.CLIENT
        and caller.role is Role.ARTIST
        and clients.find_client(caller.user_id, card.user_id) is not None
    )


def _view(card: Card) -> CardView:
    return CardView(card.user_id, card.name, card.avatar, card.role, card.handle)

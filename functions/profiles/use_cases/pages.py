"""Artists' pages: what an artist says on theirs, and what whoever looks at it sees."""

from datetime import datetime
from functools import partial
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from domain.errors import FieldError, InvalidFields, NotFound
from profiles.models.pages import Card, Details, Field, Page
from profiles.rules.errors import ChangedMeanwhile, HandleTaken, TooManyHandles
from profiles.rules.visibility import Viewer, visibility
from profiles.schemas.pages import ArtistPage, OwnPage, PageChange
from profiles.store import clients, people, reviews
from profiles.store import handles as handle_store
from profiles.store import pages as store
from profiles.use_cases import handles, presenter
from profiles.use_cases.live_accounts import settled_for
from profiles.use_cases.publication import publish, told_of
from shared.http.caller import Caller, Role
from shared.http.problems import Problem
from shared.platform.time_zones import parse_zone

_NOT_DETAILS = {"version", "handle", "privacy"}


# ---- looking at it -----------------------------------------------------------------------------


def public(name: str) -> ArtistPage:
    """The page of a handle, or of an artist's id, as everybody may see it.

    Raises a 404 Problem where there is none, a 308 one that leads to the handle as it is now.
    """
    page = _find(handles.artist_id_of(name))
    if page.handle is not None and name != page.handle:
        headers = {"Location": page.handle}  # beside the one that was asked for
        raise Problem(308, "moved", "The page has another address.", headers=headers)
    return _shown(page, Viewer.ANYBODY)


def as_seen_by(caller: Caller, artist_id: str) -> ArtistPage:
    """An artist's page as the caller may see it: their clients see more than others.

    Raises a 404 Problem where there is none.
    """
    page = _find(artist_id)
    if caller.user_id == artist_id or caller.is_admin:
        return _shown(page, Viewer.OWNER)
    related = clients.find_client(artist_id, caller.user_id) is not None
    return _shown(page, Viewer.CLIENT if related else Viewer.ANYBODY)


def own(caller: Caller) -> OwnPage:
    """The caller's own page, from the first moment on."""
    return _own(store.find_page(caller.user_id) or Page(caller.user_id))


def _find(artist_id: str) -> Page:
    page = store.find_page(artist_id)
    if page is None or not page.name:
        raise NotFound("There is no such artist.")
    return page


def _shown(page: Page, viewer: Viewer) -> ArtistPage:
    return presenter.page(page, viewer, reviews.find_ratings([page.artist_id]))


def _own(page: Page) -> OwnPage:
    return OwnPage(
        page=_shown(page, Viewer.OWNER),
        listed=page.details.listed,
        privacy={field: visibility(page.details, field) for field in Field},
        former_handles=list(page.handles[:-1]),
        version=page.revision,
    )


# ---- changing it -------------------------------------------------------------------------------


def change(caller: Caller, request: PageChange, now: datetime) -> OwnPage:
    """Change the caller's page.

    Raises a 409 Problem where it was changed since it was read, a handle is taken or one too many,
    a 422 one for what cannot be, a 401 one when the account was deleted.
    """
    wanted = _checked(request)
    return _own(settled_for(caller.user_id, partial(_change, caller, request, wanted, now)))


def _change(caller: Caller, request: PageChange, wanted: dict[str, Any], now: datetime) -> Page:
    before = store.find_page(caller.user_id) or Page(caller.user_id)
    if before.revision != request.version:
        raise ChangedMeanwhile("The page was changed since it was read.")
    details = _detailed(before.details, request, wanted)
    page = replace(before, details=details, revision=before.revision + 1)
    if request.handle is UNSET or wanted["handle"] == before.handle:
        _check_listed(page)
        return publish(before, page, now)
    return _rename(caller, before, page, wanted["handle"], now)


def _rename(caller: Caller, before: Page, page: Page, handle: str, now: datetime) -> Page:
    """Give the page its handle, with the card that says so and the event that tells of it."""
    key = handles.key(handle)
    had = handles.with_handle(before.handles, handle)
    if len(had) > handles.MAX_HANDLES:
        detail = f"At most {handles.MAX_HANDLES} handles are kept for one artist."
        raise TooManyHandles(detail)
    if not handle_store.is_free(key, caller.user_id, now):
        raise HandleTaken("Somebody else has this handle.")
    page = replace(page, handles=had)
    _check_listed(page)
    known = people.find_card(caller.user_id) or Card(caller.user_id, Role.ARTIST)
    card = replace(known, handle=handle, version=known.version + 1)
    return publish(before, page, now, card=card, claimed=key, told=told_of(card, now))


def _check_listed(page: Page) -> None:
    if page.details.listed and page.handle is None:
        raise InvalidFields(FieldError("body.listed", "needs a handle"))


def _checked(request: PageChange) -> dict[str, Any]:
    """What is asked for, as it is kept. Raises a 422 Problem for what no type can tell."""
    wanted = {name: _tidy(value) for name, value in asdict(request).items() if value is not UNSET}
    if isinstance(request.handle, str):
        wanted["handle"] = handles.written(request.handle, "body.handle")
    if isinstance(request.time_zone, str):
        parse_zone(request.time_zone, "body.timeZone")
    return wanted


def _tidy(value: Any) -> Any:
    """Text without space around it, and a list with each of its values once."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(map(_tidy, value)))
    return value


def _detailed(before: Details, request: PageChange, wanted: dict[str, Any]) -> Details:
    changes = {name: value for name, value in wanted.items() if name not in _NOT_DETAILS}
    if request.privacy is not UNSET:
        changes["privacy"] = {**before.privacy, **request.privacy}
    return replace(before, **changes)

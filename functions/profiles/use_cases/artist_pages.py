"""Artists' pages: reading by different viewers, and editing by their artists."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from domain import impersonation
from domain.errors import FieldError, InvalidFields, NotFound
from profiles import events
from profiles.models.artist_pages import ArtistPage, PageDetails, PageField, Socials
from profiles.models.people import Person
from profiles.rules import handles as handle_rules
from profiles.rules import search_entries, social_links
from profiles.rules.errors import ChangedMeanwhile, HandleTaken, PageMoved, TooManyHandles
from profiles.rules.visibility import Viewer, get_visibility
from profiles.schemas.artist_pages import (
    ArtistPageView,
    OwnArtistPageView,
    UpdateArtistPageRequest,
)
from profiles.store import artist_pages as store
from profiles.store import clients, people, reviews
from profiles.store import handles as handle_store
from profiles.use_cases import handles, moderation, page_changes, presenter
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.http.caller import Caller, Role
from shared.platform.time_zones import parse_zone

_NOT_DETAILS = {"version", "handle", "privacy"}


# ---- reading -----------------------------------------------------------------------------------


def get_public(handle: str, now: datetime) -> ArtistPageView:
    """Get the page of an artist, by handle or id, as everybody may see it.

    Raises:
        NotFound: There is no such artist.
        PageMoved: The artist's current handle is another one.
    """
    page = _get(handles.get_artist_id(handle))
    _require_shown(page)
    require_current(page, handle)
    return _present(page, Viewer.ANYBODY, now)


def find_listed(handle: str) -> ArtistPage | None:
    """Return the page of an artist, by handle or id, if searches find it."""
    try:
        page = _get(handles.get_artist_id(handle))
    except NotFound:
        return None
    return None if search_entries.build_entry(page) is None else page


def require_current(page: ArtistPage, handle: str) -> None:
    """Check that a page was requested by its current handle.

    Raises:
        PageMoved: The artist's current handle is another one.
    """
    if page.handle is not None and handle != page.handle:
        # Relative to the address that was requested, so only its last segment changes.
        raise PageMoved(page.handle, "The page has another address.")


def get_for_caller(caller: Caller, artist_id: str, now: datetime) -> ArtistPageView:
    """Get an artist's page as the caller may see it: the artist's clients see more than others.

    Raises:
        NotFound: There is no such artist.
    """
    page = _get(artist_id)
    if caller.user_id == artist_id or caller.is_admin:
        return _present(page, Viewer.OWNER, now)
    _require_shown(page)
    is_client = clients.find_client(artist_id, caller.user_id) is not None
    return _present(page, Viewer.CLIENT if is_client else Viewer.ANYBODY, now)


def get_own(caller: Caller, now: datetime) -> OwnArtistPageView:
    """Get the caller's own page, which exists from the start."""
    return _present_own(store.find_page(caller.user_id) or ArtistPage(caller.user_id), now)


def _get(artist_id: str) -> ArtistPage:
    page = store.find_page(artist_id)
    if page is None or not page.name:
        raise NotFound("There is no such artist.")
    return page


def _require_shown(page: ArtistPage) -> None:
    if page.is_hidden:
        raise NotFound("There is no such artist.")


def _present(page: ArtistPage, viewer: Viewer, now: datetime) -> ArtistPageView:
    rating, followers = reviews.find_rating_and_followers(page.artist_id)
    return presenter.present_page(page, viewer, rating, followers, now)


def _present_own(page: ArtistPage, now: datetime) -> OwnArtistPageView:
    return OwnArtistPageView(
        page=_present(page, Viewer.OWNER, now),
        listed=page.details.listed,
        privacy={field: get_visibility(page.details, field) for field in PageField},
        former_handles=list(page.handles[:-1]),
        version=page.revision,
        hidden=moderation.present_hiding(page.moderation),
    )


# ---- editing -----------------------------------------------------------------------------------


def update(caller: Caller, request: UpdateArtistPageRequest, now: datetime) -> OwnArtistPageView:
    """Change the caller's page.

    Raises:
        ChangedMeanwhile: The page was changed since it was read.
        HandleTaken: Another artist has the handle.
        TooManyHandles: The artist has used MAX_HANDLES handles.
        InvalidFields: A value is not valid.
        SessionEnded: The caller's account was deleted.
    """
    return _present_own(_update(caller, request, _normalize(request), now), now)


@retry_while_account_exists
def _update(
    caller: Caller, request: UpdateArtistPageRequest, values: dict[str, Any], now: datetime
) -> ArtistPage:
    before = store.find_page(caller.user_id) or ArtistPage(caller.user_id)
    if before.revision != request.version:
        raise ChangedMeanwhile("The page was changed since it was read.")
    details = _update_details(before.details, request, values)
    page = replace(before, details=details, revision=before.revision + 1)
    if request.handle is not UNSET and values["handle"] != before.handle:
        return _update_handle(caller, before, page, values["handle"], now)
    _require_handle_if_listed(page)
    if details.books_open == before.details.books_open:
        return page_changes.save(before, page, now)
    return _save_with_person(before, page, _find_person(caller), now)


def _update_handle(
    caller: Caller, before: ArtistPage, page: ArtistPage, handle: str, now: datetime
) -> ArtistPage:
    """Save the page with a new handle, which the artist's person copies."""
    keys = handle_rules.list_keys(handle)
    all_handles = handle_rules.append_handle(before.handles, handle)
    if len(all_handles) > handle_rules.MAX_HANDLES:
        raise TooManyHandles(f"An artist can use at most {handle_rules.MAX_HANDLES} handles.")
    if not all(handle_store.is_available(key, caller.user_id, now) for key in keys):
        raise HandleTaken("Another artist has this handle, or one that looks like it.")
    page = replace(page, handles=all_handles)
    _require_handle_if_listed(page)
    person = replace(_find_person(caller), handle=handle)
    return _save_with_person(before, page, person, now, claimed_handles=keys)


def _find_person(caller: Caller) -> Person:
    return people.find_person(caller.user_id) or Person(caller.user_id, Role.ARTIST)


def _save_with_person(
    before: ArtistPage,
    page: ArtistPage,
    changed: Person,
    now: datetime,
    *,
    claimed_handles: Iterable[str] = (),
) -> ArtistPage:
    """Save the page together with the next version of the artist's person and its event."""
    person = replace(changed, version=changed.version + 1)
    return page_changes.save(
        before,
        page,
        now,
        person=person,
        claimed_handles=claimed_handles,
        events=[
            *events.profile_updated(person, page, now),
            *events.books_opened(before, page, now),
        ],
    )


def _require_handle_if_listed(page: ArtistPage) -> None:
    if page.details.listed and page.handle is None:
        raise InvalidFields(FieldError("body.listed", "needs a handle"))


def _normalize(request: UpdateArtistPageRequest) -> dict[str, Any]:
    """Return the requested values in their stored form.

    Raises:
        InvalidFields: The handle, the time zone, the name of the business or a link is not valid.
    """
    values = {name: _tidy(value) for name, value in asdict(request).items() if value is not UNSET}
    if isinstance(request.handle, str):
        values["handle"] = handle_rules.normalize(request.handle, "body.handle")
    if isinstance(request.time_zone, str):
        parse_zone(request.time_zone, "body.timeZone")
    if isinstance(request.business_name, str):
        _require_own_name(request.business_name)
    if isinstance(request.socials, Socials):
        values["socials"] = social_links.normalize(request.socials, "body.socials")
    return values


def _require_own_name(business_name: str) -> None:
    if fault := impersonation.find_fault(business_name):
        raise InvalidFields(FieldError("body.businessName", fault))


def _tidy(value: Any) -> Any:
    """Strip text, and remove duplicates from lists."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(map(_tidy, value)))
    return value


def _update_details(
    before: PageDetails, request: UpdateArtistPageRequest, values: dict[str, Any]
) -> PageDetails:
    changes = {name: value for name, value in values.items() if name not in _NOT_DETAILS}
    if request.privacy is not UNSET:
        changes["privacy"] = {**before.privacy, **request.privacy}
    return replace(before, **changes)

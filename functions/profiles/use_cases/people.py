"""People: each user's name, avatar, role and handle, owned by profiles and published as events."""

from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from domain import impersonation
from domain.errors import FieldError, InvalidFields, NotFound
from profiles import events
from profiles.events import AccountChanged, UserVerified
from profiles.models.artist_pages import ArtistPage
from profiles.models.people import Person
from profiles.schemas.people import PersonDetails, UpdatePersonRequest
from profiles.store import clients
from profiles.store import people as store
from profiles.store.artist_pages import find_page
from profiles.use_cases import files, page_changes
from profiles.use_cases.account_retry import raise_unless_deleted, retry_while_account_exists
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http.caller import Caller, Role


def get_own(caller: Caller) -> PersonDetails:
    """Get the caller as a person; before `user.verified` arrives, what the access token says."""
    return _present(store.find_person(caller.user_id) or Person(caller.user_id, caller.role))


@retry_while_account_exists
def update_own(caller: Caller, request: UpdatePersonRequest, now: datetime) -> PersonDetails:
    """Change the caller's name or avatar.

    Raises:
        InvalidFields: The new name passes for our team or for a company, or the new avatar is not
            a clean image of the caller.
        SessionEnded: The caller's account was deleted.
    """
    before = store.find_person(caller.user_id) or Person(caller.user_id, caller.role)
    if isinstance(request.avatar, str) and request.avatar != before.avatar:
        files.require_own(caller, request.avatar, "body.avatar", files.IMAGES)
    if isinstance(request.name, str) and request.name.strip() != before.name:
        _require_own_name(caller, request.name)
    person = replace(
        before,
        name=before.name if request.name is UNSET else request.name.strip(),
        avatar=before.avatar if request.avatar is UNSET else request.avatar,
    )
    return _present(before if person == before else _save(person, now))


def _require_own_name(caller: Caller, name: str) -> None:
    """Check that a name passes for nobody else; an admin is of our team."""
    fault = None if caller.is_admin else impersonation.find_fault(name)
    if fault is not None:
        raise InvalidFields(FieldError("body.name", fault))


def get(caller: Caller, user_id: str) -> PersonDetails:
    """Get a person.

    Artists are visible to all users; clients to themselves and to artists they are related to.

    Raises:
        NotFound: There is no such person, or the caller may not see them.
    """
    person = store.find_person(user_id)
    if person is None or not _can_see(caller, person):
        raise NotFound("There is no such person.")
    return _present(person)


def handle_user_verified(event: DomainEvent, now: datetime) -> None:
    """Store a new user's name. A name that is already known is newer than the event's."""
    _create(decode_data(event, UserVerified), now)


def handle_account_changed(event: DomainEvent, now: datetime) -> None:
    """Change the role of a person, and show or hide the page of an artist.

    Ignored unless it is newer than the last such change.
    """
    _follow(decode_data(event, AccountChanged), now)


@retry_on_conflict
def _follow(account: AccountChanged, now: datetime) -> None:
    before = store.find_person(account.user_id) or Person(account.user_id, account.role)
    if account.record_version <= before.account_version:
        return
    person = replace(
        before,
        role=account.role,
        banned=account.banned,
        account_version=account.record_version,
    )
    try:
        _save(person, now)
    except WriteConflict:
        raise_unless_deleted(account.user_id)


def find_former_page(person: Person) -> ArtistPage | None:
    """Return the page of a person who was an artist before an admin changed their role."""
    is_former = person.account_version > 0 and person.role is not Role.ARTIST
    return find_page(person.user_id) if is_former else None


@retry_on_conflict
def _create(user: UserVerified, now: datetime) -> None:
    before = store.find_person(user.user_id) or Person(user.user_id, user.role)
    if before.name:
        return
    try:
        _save(replace(before, name=user.name), now)
    except WriteConflict:
        raise_unless_deleted(user.user_id)


def _save(changed: Person, now: datetime) -> Person:
    """Store a person's next version, an artist's together with their page, and publish it."""
    person = replace(changed, version=changed.version + 1)
    if person.role is not Role.ARTIST and find_former_page(person) is None:
        store.save_person(person, events.profile_updated(person, None, now))
        return person
    before = find_page(person.user_id) or ArtistPage(person.user_id)
    page = replace(before, name=person.name, avatar=person.avatar, hidden=not person.has_shown_page)
    pending = events.profile_updated(person, page, now)
    page_changes.save(before, page, now, person=person, events=pending)
    return person


def _can_see(caller: Caller, person: Person) -> bool:
    if caller.user_id == person.user_id or caller.is_admin or person.role is Role.ARTIST:
        return True
    return (
        person.role is Role.CLIENT
        and caller.role is Role.ARTIST
        and clients.find_client(caller.user_id, person.user_id) is not None
    )


def _present(person: Person) -> PersonDetails:
    return PersonDetails(person.user_id, person.name, person.avatar, person.role, person.handle)

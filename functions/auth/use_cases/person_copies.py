"""Names: profiles owns them, and auth keeps a copy, so that an account shows the current one."""

from auth import store
from auth.schemas import ProfileUpdated
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy
from shared.events.domain_events import DomainEvent, decode_data


def profile_updated(event: DomainEvent) -> None:
    """Keep the name of a profile. It may come twice, late, out of order, or without an account.

    Before there is an account it is that of the registration, which the account begins with.
    """
    profile = decode_data(event, ProfileUpdated)
    store.tell_name(profile.user_id, profile.name, profile.record_version)


def copies(request: CopiesByUserQuery) -> PersonCopies:
    """The names kept of these users. One BatchGet."""
    return PersonCopies([_copy(user) for user in store.find_users(request.user_ids)])


def _copy(user: store.UserItem) -> PersonCopy:
    return PersonCopy(user.user_id, user.name, int(user.name_version or 0))

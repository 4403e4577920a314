"""Names: profiles owns them, and auth keeps a copy, so that an account shows the current one."""

from auth import store
from auth.types import ProfileUpdated
from shared.card_copies import CardCopies, CardCopy, CopiesOf
from shared.events import DomainEvent, read_data


def profile_updated(event: DomainEvent) -> None:
    """Keep the name of a profile. It may come twice, late, out of order, or without an account.

    Before there is an account it is that of the registration, which the account begins with.
    """
    profile = read_data(event, ProfileUpdated)
    store.tell_name(profile.user_id, profile.name, profile.record_version)


def copies(request: CopiesOf) -> CardCopies:
    """The names kept of these users. One BatchGet."""
    return CardCopies([_copy(user) for user in store.find_users(request.user_ids)])


def _copy(user: store.UserItem) -> CardCopy:
    return CardCopy(user.user_id, user.name, int(user.name_version or 0))

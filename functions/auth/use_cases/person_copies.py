"""Copies of user names, which profiles owns."""

from auth import store
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def list_copies(query: CopiesByUserQuery) -> PersonCopies:
    """List the names that are stored for these users. One BatchGet."""
    return PersonCopies([_present_copy(user) for user in store.list_users(query.user_ids)])


def _present_copy(user: store.UserItem) -> PersonCopy:
    return PersonCopy(user.user_id, user.name, int(user.name_version or 0))

"""The copies of cards that are kept here, for operators who compare them with the truth."""

from quick_actions import store
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def kept(request: CopiesByUserQuery) -> PersonCopies:
    """The copies of these users' cards. One read."""
    people = store.find_people(request.user_ids)
    return PersonCopies(
        [PersonCopy(one.id, one.name, one.record_version, handle=one.handle) for one in people]
    )

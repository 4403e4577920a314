"""The copies of cards that are kept here, for operators who compare them with the truth."""

from consultations.store import copies
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def kept(request: CopiesByUserQuery) -> PersonCopies:
    """The copies of these users' cards. One read."""
    people = copies.find_known(request.user_ids).people.values()
    return PersonCopies(
        [PersonCopy(one.id, one.name, one.record_version, avatar=one.avatar) for one in people]
    )

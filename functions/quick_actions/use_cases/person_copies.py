"""Stored copies of users, for operators who compare them with profiles."""

from quick_actions.store import copies
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def list_copies(request: CopiesByUserQuery) -> PersonCopies:
    """List the copies of these users by one read."""
    people = copies.find_people(request.user_ids)
    return PersonCopies(
        [
            PersonCopy(person.id, person.name, person.record_version, handle=person.handle)
            for person in people
        ]
    )

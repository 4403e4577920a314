"""Stored copies of users, for operators who compare them with profiles."""

from consultations.store import copies
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def list_copies(request: CopiesByUserQuery) -> PersonCopies:
    """List the copies of these users by one read."""
    people = copies.find_copies(request.user_ids).people.values()
    return PersonCopies(
        [
            PersonCopy(person.id, person.name, person.record_version, avatar=person.avatar)
            for person in people
        ]
    )

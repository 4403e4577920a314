"""Stored copies of users, for operators who compare them with profiles."""

from appointments import store
from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy


def list_copies(request: CopiesByUserQuery) -> PersonCopies:
    """List the copies of these users by one read."""
    people = store.find_people(request.user_ids).values()
    return PersonCopies(
        [PersonCopy(person.id, person.name, person.record_version) for person in people]
    )

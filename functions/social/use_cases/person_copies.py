"""Stored copies of users, for operators who compare them with profiles."""

from shared.data.person_copies import CopiesByUserQuery, PersonCopies, PersonCopy
from social.store import bookings


def list_copies(request: CopiesByUserQuery) -> PersonCopies:
    """List the copies of these users by one read."""
    people = bookings.find_people(request.user_ids)
    return PersonCopies(
        [PersonCopy(person.id, person.name, person.record_version) for person in people]
    )

"""Copies of people, for operators who compare them with the original in profiles."""

from messaging.store import person_copies
from shared.data.person_copies import CopiesPageQuery, PersonCopies, PersonCopy


def list_copies(query: CopiesPageQuery) -> PersonCopies:
    """Return a page of the copies in the order of their ids, without erased people. One read."""
    people = person_copies.list_page(query.next or "", query.limit)
    return PersonCopies(
        [
            PersonCopy(person.id, person.name, person.record_version, avatar=person.avatar)
            for person in people
            if person.erased_at is None
        ],
        next=people[-1].id if len(people) == query.limit else None,
    )

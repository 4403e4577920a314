"""The copies of cards that are kept here, for operators who compare them with the truth."""

from messaging.store import people
from shared.data.person_copies import CopiesPageQuery, PersonCopies, PersonCopy


def page(request: CopiesPageQuery) -> PersonCopies:
    """A page of the copies by id, without the erased. One read."""
    kept = people.page(request.next or "", request.limit)
    return PersonCopies(
        [
            PersonCopy(person.id, person.name, person.record_version, avatar=person.avatar)
            for person in kept
            if person.erased_at is None
        ],
        next=kept[-1].id if len(kept) == request.limit else None,
    )

"""The names of cards that are kept here, for operators who compare them with the truth."""

from notifications.store import contacts
from shared.data.person_copies import CopiesPageQuery, PersonCopies, PersonCopy


def page(request: CopiesPageQuery) -> PersonCopies:
    """A page of the names by id, without the erased. One read.

    Whom nobody named yet has no copy.
    """
    found = contacts.list_named(request.next or "", request.limit)
    return PersonCopies(
        [PersonCopy(contact.id, contact.name, contact.name_version or 0) for contact in found],
        next=found[-1].id if len(found) == request.limit else None,
    )

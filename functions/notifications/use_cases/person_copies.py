"""Person copies: the names that contacts hold, for operators who compare them with profiles."""

from notifications.store import contacts
from shared.data.person_copies import CopiesPageQuery, PersonCopies, PersonCopy


def list_copies(request: CopiesPageQuery) -> PersonCopies:
    """List a page of the names by user, without erased users. One read.

    Users without a name are left out.
    """
    named = contacts.list_named(request.next or "", request.limit)
    return PersonCopies(
        [PersonCopy(contact.id, contact.name, contact.name_version or 0) for contact in named],
        next=named[-1].id if len(named) == request.limit else None,
    )

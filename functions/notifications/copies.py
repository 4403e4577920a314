"""What is kept here of others' records, for operators who compare it with the truth."""

from notifications.records import Contact
from notifications.store import contacts as store
from notifications.types import Copies, CopiesRequest, Copy


def kept(request: CopiesRequest) -> Copies:
    """The names of these users, or a page of all by id, without the erased. One read.

    Whom nobody named yet has no copy.
    """
    if request.user_ids is not None:
        return Copies([_copy(contact) for contact in store.find_contacts(request.user_ids)], None)
    found = store.list_named(request.next or "", request.limit)
    return Copies(
        items=[_copy(contact) for contact in found],
        next=found[-1].id if len(found) == request.limit else None,
    )


def _copy(contact: Contact) -> Copy:
    return Copy(contact.id, contact.name, contact.name_version or 0)

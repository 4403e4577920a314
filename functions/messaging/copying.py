"""The copies of cards that are kept here, for the operator who compares them with the truth."""

from messaging.store import people
from messaging.types import Copies, CopiesRequest, Copy


def page(request: CopiesRequest) -> Copies:
    """A page of the copies by id, without the erased."""
    kept = people.page(request.next or "", request.limit)
    return Copies(
        items=[
            Copy(person.id, person.name, person.avatar, person.record_version)
            for person in kept
            if person.erased_at is None
        ],
        next=kept[-1].id if len(kept) == request.limit else None,
    )

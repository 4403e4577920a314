"""The copies of cards that are kept here, for operators who compare them with the truth."""

from quick_actions import store
from quick_actions.types import CardCopies, CardCopy, CopiesRequest


def kept(request: CopiesRequest) -> CardCopies:
    """The copies of these users' cards. One read."""
    people = store.find_people(request.user_ids)
    return CardCopies(
        [CardCopy(one.id, one.name, one.handle, one.record_version) for one in people]
    )

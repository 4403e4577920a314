"""The copies of cards that are kept here, for operators who compare them with the truth."""

from consultations.store import copies
from consultations.types import CardCopies, CardCopy, CopiesRequest


def kept(request: CopiesRequest) -> CardCopies:
    """The copies of these users' cards. One read."""
    people = copies.find_known(request.user_ids).people.values()
    return CardCopies(
        [CardCopy(one.id, one.name, one.avatar, one.record_version) for one in people]
    )

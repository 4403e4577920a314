"""The copies of cards that are kept here, for operators who compare them with the truth."""

from quick_actions import store
from shared.card_copies import CardCopies, CardCopy, CopiesOf


def kept(request: CopiesOf) -> CardCopies:
    """The copies of these users' cards. One read."""
    people = store.find_people(request.user_ids)
    return CardCopies(
        [CardCopy(one.id, one.name, one.record_version, handle=one.handle) for one in people]
    )

"""The copies of cards that are kept here, for operators who compare them with the truth."""

from consultations.store import copies
from shared.card_copies import CardCopies, CardCopy, CopiesOf


def kept(request: CopiesOf) -> CardCopies:
    """The copies of these users' cards. One read."""
    people = copies.find_known(request.user_ids).people.values()
    return CardCopies(
        [CardCopy(one.id, one.name, one.record_version, avatar=one.avatar) for one in people]
    )

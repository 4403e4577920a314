"""Inbox: how a member sorts conversations, and the views by which their list is filtered.

A view is a combination of filters, written as one text. A conversation stores the views that show
it, so that an index answers every combination alike.
"""

from collections.abc import Iterable

INBOX, ARCHIVE = "inbox", "archive"
UNREAD = "unread"
GUESTS, CLIENTS = "guests", "clients"

MAX_LABELS = 20  # of a user
MAX_LABELS_OF_CONVERSATION = 5


def make_view(
    *,
    archived: bool = False,
    unread: bool = False,
    guests: bool | None = None,
    label: str | None = None,
) -> str:
    """Return the view that shows what fits all of these filters.

    Args:
        archived: Whether it shows archived conversations instead of the others.
        unread: Whether it shows those with unread messages only.
        guests: Whether it shows those with guests only, or with clients only; None for both.
        label: Id of the label that they must have.
    """
    other = None if guests is None else GUESTS if guests else CLIENTS
    parts = (ARCHIVE if archived else INBOX, UNREAD if unread else None, other, label)
    return " ".join(part for part in parts if part)


def list_views(
    *, archived: bool, unread: bool, guest: bool, labels: Iterable[str]
) -> tuple[str, ...]:
    """Return all views that show a conversation: 2 to 24 of them.

    Args:
        archived: Whether it is archived.
        unread: Whether it has unread messages, or was marked as unread.
        guest: Whether the other member is a guest.
        labels: Ids of its labels.
    """
    return tuple(
        make_view(archived=archived, unread=only_unread, guests=guests, label=label)
        for label in (None, *labels)
        for guests in (None, guest)
        for only_unread in ((False, True) if unread else (False,))
    )


def list_views_of_label(label: str) -> list[str]:
    """Return all views that a label has."""
    return [
        make_view(archived=archived, unread=unread, guests=guests, label=label)
        for archived in (False, True)
        for unread in (False, True)
        for guests in (None, False, True)
    ]


# The views of a conversation with a client that nobody has written in yet.
NEW = list_views(archived=False, unread=False, guest=False, labels=())

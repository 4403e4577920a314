"""Views: which lists show a conversation."""

from itertools import product

from messaging.rules import inbox

LABELS = ("lbl_1", "lbl_2")


def test_a_view_shows_exactly_what_fits_all_of_its_filters() -> None:
    """Every combination of filters, asked of every state of a conversation."""
    states = list(product((False, True), (False, True), (False, True), ((), LABELS[:1], LABELS)))
    filters = product((False, True), (False, True), (None, False, True), (None, *LABELS))
    for archived, unread, guests, label in filters:
        view = inbox.make_view(archived=archived, unread=unread, guests=guests, label=label)
        for is_archived, is_unread, is_guest, labels in states:
            shown = view in inbox.list_views(
                archived=is_archived, unread=is_unread, guest=is_guest, labels=labels
            )
            fits = (
                archived == is_archived
                and (is_unread or not unread)
                and guests in (None, is_guest)
                and (label is None or label in labels)
            )
            assert shown == fits


def test_the_views_of_a_label_are_those_that_name_it() -> None:
    for archived, unread, guest in product((False, True), repeat=3):
        views = inbox.list_views(archived=archived, unread=unread, guest=guest, labels=LABELS)
        of_label = inbox.list_views_of_label(LABELS[0])
        without = tuple(view for view in views if view not in of_label)
        rest = inbox.list_views(archived=archived, unread=unread, guest=guest, labels=LABELS[1:])
        assert without == rest


def test_a_conversation_has_24_views_at_most() -> None:
    labels = [f"lbl_{number}" for number in range(inbox.MAX_LABELS_OF_CONVERSATION)]
    views = inbox.list_views(archived=True, unread=True, guest=True, labels=labels)
    assert len(views) == len(set(views)) == 24
    assert inbox.NEW == ("inbox", "inbox clients")

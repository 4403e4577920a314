"""Digests: one mail instead of the many of a window.

The deliveries that a digest gathers are held, not queued. When their window ends, the sweeper makes
one mail of them: its event is the digest, so the unique index of deliveries lets there be one mail
of a digest, and the mail stores whom it gathered. Only then are these ended. Whoever dies in
between leaves them held, and the next run finds the mail and ends what it gathered; nothing is
mailed twice and nothing is lost. What was held too late for the mail goes as a message of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from domain.ids import new_id
from notifications.models import Channel, Delivery, EmailContent
from notifications.rules import unsubscribing as rules
from notifications.store import contacts
from notifications.store import digests as store
from notifications.templates import rendering
from notifications.templates.rendering import ListedMessage
from notifications.use_cases import (
    composer,
    dispatch,
    hand_over,
    recipients,
    unsubscribing,
    web_pages,
)
from notifications.use_cases.dispatch import Cause, OutgoingMessage
from notifications.use_cases.hand_over import Obstacle
from shared.platform.logs import logger

MAX_DELIVERIES_PER_RUN = 1_000  # the rest is still due a minute later
MAX_GATHERED = 500  # deliveries that are read for one mail; older ones are only counted
MAX_LISTED = 50  # messages in one mail; it says how many there were
GATHERED = "gathered"
TEMPLATE = "digest"


def send_due(now: datetime, has_time: Callable[[], bool] = lambda: True) -> int:
    """Send the digests whose windows have ended, while there is time, and return their number."""
    sent = 0
    for digest_id in store.list_due(now, MAX_DELIVERIES_PER_RUN):
        if not has_time():
            break
        sent += 1
        try:
            _gather(digest_id, now)
        except Exception:  # it is still due a minute later, and does not hold up the others
            logger.exception("digest not sent", digest_id=digest_id)
    return sent


def _gather(digest_id: str, now: datetime) -> None:
    first = store.find_held(digest_id)
    if first is None:
        return
    user_id = first.recipient_key
    mail = store.find_mail(user_id, digest_id)
    if mail is None:
        held = store.claim_held(digest_id, MAX_GATHERED)
        _send(digest_id, user_id, _keep_useful(held, now), now)
        mail = store.find_mail(user_id, digest_id)
    if mail is None:  # there is nobody to send it to any more
        store.end_all(digest_id, "unreachable", now)
        return
    store.end_gathered(digest_id, mail, GATHERED, now)
    for late in store.list_held(digest_id, MAX_GATHERED):
        _release(late, now)


def _release(late: Delivery, now: datetime) -> None:
    """Let a delivery go as a message of its own, with the link that only the digest has had."""
    content = late.content
    if late.category in rules.WITH_LINK and isinstance(content, EmailContent):
        contact_id = rules.build_contact_id(late.recipient_id, late.address)
        url = unsubscribing.build_url(contact_id, late.category)
        if url is None:
            store.end([late.id], dispatch.NO_UNSUBSCRIBE_LINK, "", now)
            return
        contact = contacts.find_active(contact_id)
        content = unsubscribing.add_link(content, url, contact.locale if contact else None)
    store.release(late.id, content, now)


def _keep_useful(held: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """End what is erased or over, or where one of the two blocks the other; return the rest."""
    obstacles: dict[str, Obstacle] = {}
    for check in (hand_over.check_use, hand_over.check_blocks):
        obstacles |= check(held, now)
    for delivery_id, obstacle in obstacles.items():
        store.end([delivery_id], obstacle.reason, obstacle.reason, now)
    return [delivery for delivery in held if delivery.id not in obstacles]


def _send(digest_id: str, user_id: str, gathered: Sequence[Delivery], now: datetime) -> None:
    contact = contacts.find_active(user_id)
    if contact is None or contact.email is None or not gathered:
        return
    category = gathered[0].category
    count = len(gathered) + store.count_older(digest_id, gathered[0].id)
    message = composer.compose_from_system_template(
        TEMPLATE, {"count": count}, (Channel.EMAIL,), category, locale=contact.locale
    )
    cause = Cause(
        digest_id,
        new_id("ntf"),
        about=tuple(sorted({user for each in gathered for user in _list_users(each)})),
        gathered=tuple(delivery.id for delivery in gathered),
    )
    recipient = recipients.create(contact, (Channel.EMAIL,))
    dispatch.dispatch(_add_list(message, gathered, contact.locale), recipient, cause, now)


def _list_users(delivery: Delivery) -> tuple[str, ...]:
    requester = () if delivery.requester_id is None else (delivery.requester_id,)
    return (*delivery.about, *requester)


def _add_list(
    message: OutgoingMessage, gathered: Sequence[Delivery], locale: str | None
) -> OutgoingMessage:
    """Add the list of what was gathered, newest last; a conversation is one of its lines."""
    listed: dict[str, ListedMessage] = {}
    for delivery in gathered:
        content = delivery.content
        assert isinstance(content, EmailContent)
        key = delivery.id if content.url is None else f"{content.subject} {content.url}"
        count = listed[key].count + 1 if key in listed else 1
        page = web_pages.build(content.url or "/")
        listed.pop(key, None)
        listed[key] = ListedMessage(content.subject, content.text, page, count)
    shown = list(listed.values())[-MAX_LISTED:]
    mail = message.contents[Channel.EMAIL]
    assert isinstance(mail, EmailContent)
    return composer.replace_email_fields(
        message,
        url="/",
        text=f"{mail.text}\n\n{rendering.write_list(shown)}",
        html=mail.html and rendering.add_list(mail.html, shown, composer.get_link_text(locale)),
    )

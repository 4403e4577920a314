"""Mails that stand by for a push message: they go unless the message was seen."""

import pytest

from notifications.models import Channel, Delivery, DeliveryStatus
from notifications.rules.routing import STANDBY_FOR
from tests.functional.notifications.world import World

TEXT = {"subject": "Your sketch", "text": "It is ready."}


def push(world: World) -> Delivery:
    """Send Ada a message by push, for which a mail stands by. Return the mail."""
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada")
    world.subscribe(ada, "ada")
    world.choose("usr_ada", "message", push="on", email="fallback", sms="off")
    world.post(ada, "send", TEXT)
    world.work("push")
    (mail,) = (each for each in world.deliveries() if each.channel is Channel.EMAIL)
    assert mail.due_at == world.now + STANDBY_FOR
    assert world.waiting("email") == 0
    return mail


def send_later(world: World) -> tuple[DeliveryStatus, str | None]:
    """Let the quarter of an hour pass. Return what the mail has come to."""
    world.retry("email")
    (mail,) = (each for each in world.deliveries() if each.channel is Channel.EMAIL)
    return mail.status, mail.reason


@pytest.mark.parametrize("status", [None, 410])
def test_a_push_message_that_is_not_seen_is_followed_by_a_mail(
    world: World, status: int | None
) -> None:
    if status is not None:
        world.fault("push", status=status)
    push(world)
    assert send_later(world) == (DeliveryStatus.SENT, None)
    assert len(world.messages("email", "ada@example.com")) == 1


def test_a_push_message_that_was_seen_is_followed_by_none(world: World) -> None:
    mail = push(world)
    ada = world.as_user("usr_ada")
    assert ada.put(f"/v1/notifications/inbox/{mail.standby_for}/read").status_code == 204
    assert send_later(world) == (DeliveryStatus.SUPPRESSED, "seen")
    assert world.messages("email") == []

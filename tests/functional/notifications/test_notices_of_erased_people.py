"""Erasure: no message about a deleted person, of whatever kind, names them or has their words."""

import re
from datetime import timedelta
from typing import Any

import pytest

from notifications.store import artist_clients
from notifications.store import erasure as store
from notifications.use_cases import digests, erasure
from tests.functional.notifications import event_streams as streams
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.test_message_notices import written
from tests.functional.notifications.test_reminders import START
from tests.functional.notifications.world import World

NAMES = {ARTIST: "Kanariartist", CLIENT: "Kanariclient"}


def erase(world: World, user_ids: list[str]) -> None:
    """Erase people, and run the last run of their erasure."""
    world.later(minutes=1)
    for user_id in user_ids:
        world.consume("user.deleted", {"userId": user_id})
    world.later(minutes=61)
    while erasure.run_due(world.now):
        pass


def search(world: World, text: str) -> dict[str, int]:
    """Count what holds a text, by collection."""
    found = {
        name: sum(
            bool(re.search(text, str(document), re.IGNORECASE))
            for document in world.database[name].find()
        )
        for name in world.database.list_collection_names()
    }
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("place", [0, -1])
def test_every_notice_of_an_event_forgets_who_was_deleted(world: World, place: int) -> None:
    """Once the first of those whom each event names is deleted, once the last."""
    events = streams.build()
    streams.add_people(world, events)
    streams.consume(world, events)
    deleted = sorted({sorted(streams.list_users(event.data))[place] for event in events})
    told = search(world, streams.WORDS)
    assert min(told["deliveries"], told["inbox"]) >= 15
    erase(world, deleted)
    assert search(world, streams.WORDS) == {}
    for user_id in deleted:
        assert search(world, streams.get_name(user_id) + r"\b") == {}


def own(name: str, text: str, *variables: dict[str, Any]) -> dict[str, Any]:
    """Build a template of the artist's."""
    return {
        "name": name,
        "kind": "custom",
        "locale": "en",
        "variables": list(variables),
        "bodies": {"email": {"subject": "Hi", "text": text, "html": f"<p>{text}</p>"}},
    }


@pytest.mark.parametrize("deleted", [ARTIST, CLIENT])
def test_reminders_digests_requests_and_artists_templates_forget(
    world: World, deleted: str
) -> None:
    for user_id, name in NAMES.items():
        world.add_contact(user_id, name=name)
    artist_clients.add(ARTIST, CLIENT)
    artist = world.as_user(ARTIST, "artist")
    other = next(iter(set(NAMES) - {deleted}))
    choices = {"digests": {"message": {"every": "hour", "at": "00:30"}}, "timeZone": "UTC"}
    person = world.as_user(other, "artist" if other == ARTIST else "client")
    assert person.put("/v1/notifications/preferences", json=choices).status_code == 200
    variables = {"name": "who", "type": "string"}
    world.post(artist, "templates", own("offer", "By Kanariartist for {{ who }}", variables), 201)
    world.consume("appointment.created", appointment(serviceName="Kanariservice"))
    # A request with a template of the artist's, and its text in the other's inbox and mails.
    world.post(
        artist,
        "email",
        {"userId": CLIENT, "template": "offer", "variables": {"who": "Kanariclient"}},
    )
    names = {"senderId": deleted, "senderName": NAMES[deleted]}
    recipient = {"userId": other, "isReading": False, "muted": False}
    world.consume_event(written(1, **names, recipients=[recipient]))
    world.later(hours=1)
    digests.send_due(world.now)
    world.now = START - timedelta(days=1)
    world.sweep_reminders()
    world.work("email")
    templates = {each.template.name for each in world.deliveries() if each.template}
    assert {"digest", "offer", "appointment-reminder", "new-message"} <= templates
    assert search(world, NAMES[deleted])["deliveries"] >= 3
    erase(world, [deleted])
    assert search(world, NAMES[deleted]) == {}
    assert search(world, "Kanariservice") == {}
    assert store.list_due(world.now) == []

"""Bans: nothing begins with a banned person, on whatever route names somebody else."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from infra import features
from shared.http.caller import Role
from tests.functional.erasure.test_canary import ALL_DAY, APPOINTMENTS
from tests.functional.erasure.world import Person, World

BLOCKED = (403, "blocked")
# Fields of requests that name the other person.
NAMES = {"client_id", "artist_id", "user_id"}


class Studio:
    """An artist and a client who know each other, and an admin."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.artist = Person("kanari", Role.ARTIST)
        self.client = Person("spatz", Role.CLIENT)
        self.admin = Person("eule", Role.ADMIN)
        world.settle()
        artist, client = self.artist, self.client
        conversations = "/v1/messages/conversations"
        opened = client.send("POST", conversations, {"artistId": artist.id})
        self.conversation = f"{conversations}/{opened['id']}"
        world.settle()
        artist.send("PUT", f"{APPOINTMENTS}/availability", ALL_DAY)
        service = {
            "name": "Sleeve",
            "durationMinutes": 60,
            "price": {"amount": 12_000, "currency": "EUR"},
            "mode": "request",
        }
        self.service = artist.send("POST", f"{APPOINTMENTS}/services", service)["id"]
        world.settle()
        booking = {"serviceId": self.service, "startsAt": "2026-11-25T09:00:00Z"}
        confirmed = client.send("POST", APPOINTMENTS, booking)["id"]
        artist.send("POST", f"{APPOINTMENTS}/{confirmed}/confirm")
        booking |= {"startsAt": "2026-11-25T15:00:00Z"}
        self.booked = client.send("POST", APPOINTMENTS, booking)["id"]
        proposal = {"serviceId": self.service, "clientId": client.id}
        proposal |= {"startsAt": ["2026-12-02T09:00:00Z"]}
        self.proposal = artist.send("POST", f"{APPOINTMENTS}/proposals", proposal)["id"]
        gift = {"name": "Gift", "value": {"type": "percent", "percent": 10}}
        self.gift = artist.send("POST", "/v1/profiles/voucher-templates", gift)["id"]
        action = {"label": "Hi", "kind": "send_text", "steps": ["Hi"]}
        self.action = artist.send("POST", "/v1/quick-actions", action)["id"]
        world.settle()

    def ban(self, person: Person, act: str = "ban") -> None:
        """Let the admin ban somebody, or lift the ban."""
        path = f"/v1/admin/users/{person.id}/{act}"
        answer = self.admin.sign_in().post(path, json={"reason": "Spam"})
        assert answer.status_code == 200, answer.body

    def list_acts_of_artist(self) -> Iterator[tuple[str, str, Any]]:
        """Yield what an artist begins with a client."""
        client_id, service = self.client.id, {"serviceId": self.service}
        booking = service | {"clientId": client_id, "startsAt": "2026-12-09T09:00:00Z"}
        yield "POST", APPOINTMENTS, booking
        yield "POST", f"{APPOINTMENTS}/previews", booking
        plan = {"clientId": client_id, "frequency": "weekly", "sittings": 2}
        yield "POST", f"{APPOINTMENTS}/plans", service | plan | {"startsOn": "2026-12-10"}
        several = booking | {"startsAt": ["2026-12-03T09:00:00Z"]}
        yield "POST", f"{APPOINTMENTS}/proposals", several
        yield "POST", f"{APPOINTMENTS}/walk-ins", service | {"clientId": client_id}
        yield "POST", f"{APPOINTMENTS}/{self.booked}/confirm", None
        move = {"startsAt": "2026-11-26T09:00:00Z"}
        yield "POST", f"{APPOINTMENTS}/{self.booked}/reschedule", move
        yield "POST", "/v1/messages/conversations", {"clientId": client_id}
        text = {"clientMessageId": "message-1", "type": "text", "content": "Hi"}
        yield "POST", f"{self.conversation}/messages", text
        mail = {"userId": client_id, "subject": "Hi", "text": "Hi"}
        yield "POST", "/v1/notifications/email", mail
        yield "POST", "/v1/notifications/sms", {"userId": client_id, "text": "Hi"}
        push = {"userId": client_id, "title": "Hi", "body": "Hi"}
        yield "POST", "/v1/notifications/push", push
        gift = {"templateId": self.gift, "clientId": client_id}
        yield "POST", "/v1/profiles/vouchers", gift
        conversation_id = self.conversation.rsplit("/", 1)[1]
        executed = {"conversationId": conversation_id, "executionId": "tap-0001"}
        yield "POST", f"/v1/quick-actions/{self.action}/executions", executed

    def list_acts_of_client(self) -> Iterator[tuple[str, str, Any]]:
        """Yield what a client begins with an artist."""
        artist_id, service = self.artist.id, {"serviceId": self.service}
        yield "POST", f"{APPOINTMENTS}/proposals/{self.proposal}/accept", {}
        move = {"startsAt": "2026-11-26T09:00:00Z"}
        yield "POST", f"{APPOINTMENTS}/{self.booked}/reschedule", move
        dates = {"firstDate": "2026-12-03", "lastDate": "2026-12-04"}
        yield "POST", f"{APPOINTMENTS}/waitlist", service | dates
        yield "POST", "/v1/messages/conversations", {"artistId": artist_id}
        text = {"clientMessageId": "message-1", "type": "text", "content": "Hi"}
        yield "POST", f"{self.conversation}/messages", text
        request = {"artistId": artist_id, "subject": "A swallow", "description": "As before."}
        yield "POST", "/v1/consultations", request


def ask(person: Person, method: str, path: str, body: Any) -> tuple[int, str]:
    """Send a request; return status and code of its answer."""
    feature = path.split("/")[2]
    feature = {"messages": "messaging", "quick-actions": "quick_actions"}.get(feature, feature)
    options = {} if body is None else {"json": body}
    answer = person.api(feature).request(method, path, **options)
    return answer.status_code, (answer.json_body or {}).get("code", "")


def require_all(acts: Iterable[tuple[str, str, Any]]) -> None:
    """Check that these are on every route whose request names somebody."""
    asked = {path for _, path, _ in acts}
    naming = {
        operation.path
        for app in features.load_all().values()
        for operation in getattr(app, "operations", {}).values()
        if operation.body is not None and NAMES & set(operation.body.__struct_fields__)
    }
    # These send what the others do, by the same recipients and conversations.
    alike = {
        "/v1/notifications/send",
        "/v1/notifications/appointment-confirmation",
        "/v1/quick-actions/{id}/preview",
    }
    assert naming - alike <= asked


@pytest.fixture
def studio(world: World) -> Studio:
    return Studio(world)


def test_nothing_begins_with_a_banned_client(studio: Studio) -> None:
    studio.ban(studio.client)
    # At once: no event was delivered.
    for act in studio.list_acts_of_artist():
        assert ask(studio.artist, *act) == BLOCKED, act
    require_all([*studio.list_acts_of_artist(), *studio.list_acts_of_client()])
    studio.ban(studio.client, "unban")
    for act in studio.list_acts_of_artist():
        assert ask(studio.artist, *act) != BLOCKED, act
    studio.ban(studio.client)
    # What was agreed still ends.
    path = f"{APPOINTMENTS}/{studio.booked}/cancel"
    assert ask(studio.artist, "POST", path, {"reason": "No."})[0] == 200


def test_nothing_begins_with_a_banned_artist(studio: Studio) -> None:
    studio.ban(studio.artist)
    for act in studio.list_acts_of_client():
        assert ask(studio.client, *act) == BLOCKED, act
    studio.world.settle()
    service = {"serviceId": studio.service, "startsAt": "2026-12-09T09:00:00Z"}
    for path, body in {
        APPOINTMENTS: service,
        f"{APPOINTMENTS}/previews": service,
        f"{APPOINTMENTS}/holds": service,
        "/v1/consultations": {
            "artistId": studio.artist.id,
            "subject": "A swallow",
            "description": "As before.",
        },
    }.items():
        assert ask(studio.client, "POST", path, body) == (409, "books_closed"), path

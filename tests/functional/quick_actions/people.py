"""Helpers of the quick_actions tests: callers, events of other features, and stored items."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from chalice.test import HTTPResponse

from quick_actions import consumers
from quick_actions.app import app
from quick_actions.rules import artist_actions
from quick_actions.store import actions
from shared.events.domain_events import DomainEvent
from shared.http import one_tap_links
from shared.http.caller import Role
from shared.http.one_tap_links import OneTap
from shared.platform import clock
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ARTIST = "usr_01JD0000000000000000000AAA"
OTHER_ARTIST = "usr_01JD0000000000000000000BBB"
CLIENT = "usr_01JD0000000000000000000CCC"
OTHER_CLIENT = "usr_01JD0000000000000000000DDD"
ROLES = {
    ARTIST: ("Mara Voss", Role.ARTIST),
    OTHER_ARTIST: ("Noa Lind", Role.ARTIST),
    CLIENT: ("Ada Byron", Role.CLIENT),
    OTHER_CLIENT: ("Bea Case", Role.CLIENT),
}
HOME = "/v1/quick-actions"
CONVERSATION = "cnv_01JD0000000000000000000AAA"
OTHER_CONVERSATION = "cnv_01JD0000000000000000000BBB"
HELLO = {
    "label": "Hello",
    "kind": "send_text",
    "steps": ["Hi {{client.first_name}}!", "It is {{artist.name}}."],
}
SYSTEM = ["sys_find_availability", "sys_deposit_info", "sys_policy", "sys_price_list"]
_numbers = itertools.count(1)


class People:
    """Callers: an artist and their client, another artist, an admin, and one not signed in."""

    artist: ApiClient = client_for(app).as_user(ARTIST, Role.ARTIST)
    other_artist: ApiClient = client_for(app).as_user(OTHER_ARTIST, Role.ARTIST)
    client: ApiClient = client_for(app).as_user(CLIENT, Role.CLIENT)
    admin: ApiClient = client_for(app).as_user("usr_01JD0000000000000000000EEE", Role.ADMIN)
    nobody: ApiClient = client_for(app)

    def publish_accounts(self) -> None:
        """Publish the accounts, and a conversation of each artist with a client."""
        for user_id, (name, role) in ROLES.items():
            publish("user.verified", {"userId": user_id, "name": name, "role": role})
        open_conversation(CONVERSATION, ARTIST, CLIENT)
        open_conversation(OTHER_CONVERSATION, OTHER_ARTIST, OTHER_CLIENT)

    def create_action(self, by: ApiClient | None = None, **fields: Any) -> str:
        """Create an action and return its id."""
        response = (by or self.artist).post(HOME, json={**HELLO, **fields})
        assert response.status_code == 201, response.body
        return str(response.json_body["id"])

    def execute(
        self, action_id: str, execution_id: str = "tap-0001", **fields: Any
    ) -> HTTPResponse:
        """Execute an action as the artist."""
        body = {"conversationId": CONVERSATION, "executionId": execution_id, **fields}
        return self.artist.post(f"{HOME}/{action_id}/executions", json=body)

    def make_link(
        self, action_id: str, occasion: str = "evt_1", conversation: str = CONVERSATION
    ) -> str:
        """Make the one-tap link that a notification offers on this occasion."""
        ends = clock.now() + timedelta(days=3)
        action = artist_actions.get(actions.get_actions(ARTIST), action_id)
        content = artist_actions.hash_content(action)
        return one_tap_links.link(OneTap(ARTIST, conversation, action_id, occasion, ends, content))


def open_conversation(conversation: str, artist: str, client: str) -> None:
    """Publish that a conversation was opened."""
    publish(
        "conversation.opened",
        {"conversationId": conversation, "artistId": artist, "clientId": client},
    )


def publish(type_: str, data: Mapping[str, Any]) -> None:
    """Publish an event of another feature."""
    event = DomainEvent(
        id=f"evt_{next(_numbers)}",
        source="/artist-booking/elsewhere",
        type=type_,
        subject="usr_somebody",
        time=clock.now(),
        data=msgspec.to_builtins(dict(data)),
    )
    consumers.handle(event, clock.now())


def publish_profile(user_id: str, name: str, version: int, handle: str | None = None) -> None:
    """Publish a user's profile."""
    data = {"userId": user_id, "role": ROLES[user_id][1], "name": name, "handle": handle}
    publish("user.profile.updated", data | {"recordVersion": version})


def publish_service(number: int, name: str, version: int = 1, **fields: Any) -> str:
    """Publish a service of the artist for 200.00 EUR without a deposit, and return its id."""
    service_id = f"svc_{ARTIST[4:]}_{number:026}"
    data = {
        "serviceId": service_id,
        "artistId": ARTIST,
        "name": name,
        "durationMinutes": 60,
        "price": {"amount": 20_000, "currency": "EUR"},
        "sittings": 1,
        "deposit": None,
        "depositRefundableUntilHours": 48,
        "recordVersion": version,
    }
    publish("service.saved", data | fields)
    return service_id


def publish_block(by: str, version: int, *, blocked: bool = True) -> None:
    """Publish that the artist or the client blocks the other, or no longer does."""
    data = {"conversationId": CONVERSATION, "artistId": ARTIST, "clientId": CLIENT}
    block = {"userId": by, "blocked": blocked, "recordVersion": version}
    publish("conversation.block_changed", data | block)


everything = partial(streams.items, "quick-actions")


outbox = partial(published, "quick-actions")


def executed_events() -> list[DomainEvent]:
    """Return the events by which messaging learns what to send."""
    return [event for event in outbox() if event.type == "quick_action.executed"]


def texts(answer: HTTPResponse) -> list[str]:
    """Return the texts of the messages in a response."""
    return [message["content"] for message in answer.json_body["messages"]]

"""Canary: after an erasure, nothing that is stored anywhere names the deleted user."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.http.caller import Role
from tests.functional.erasure.world import PASSWORD, Person, World
from tests.functional.policies.world import RULES
from tests.functional.social.world import connect

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALL_DAY = {
    "timeZone": "Europe/Vienna",
    "weekly": {day: [{"start": "00:00", "end": "24:00"}] for day in DAYS},
}
APPOINTMENTS = "/v1/appointments"
IBAN = "DE89370400440532013000"
PHONES = {"client": "+436641112223", "artist": "+436644445556"}


class Life:
    """A client and an artist who used everything that both can use."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.artist = Person("kanariartist", Role.ARTIST)
        self.client = Person("kanariclient", Role.CLIENT)
        self.other = Person("spatz", Role.CLIENT)
        world.settle()
        self._talk()
        self._present()
        self._agree()
        self._ask()
        self._book()
        self._notify()
        self._hire()
        self._connect()
        world.settle()

    def _connect(self) -> None:
        artist = self.artist
        connect(artist.id, subject=artist.word, display_name=artist.say("inks"))

    def _hire(self) -> None:
        artist, client = self.artist.sign_in(), self.client.sign_in()
        path = "/v1/auth/assistants"
        for email in (self.client.email, self.other.email):
            invited = artist.post(path, json={"email": email, "scopes": ["messages"]})
            assert invited.status_code == 201, invited.body
            self.world.settle()
        (studio,) = client.get("/v1/auth/studios").json_body["items"]
        assert client.post(f"{path}/{studio['id']}/accept").status_code == 200
        self.world.settle()

    def _talk(self) -> None:
        artist, client = self.artist, self.client
        for person in (client, self.other):
            person.send("POST", "/v1/messages/conversations", {"artistId": artist.id})
            self.world.settle()
        path = "/v1/messages/conversations"
        self.conversation = client.send("POST", path, {"artistId": artist.id})["id"]
        messages = f"{path}/{self.conversation}/messages"
        file_id = self.world.upload(client, "message")
        for number, person in enumerate((client, artist)):
            text = {
                "clientMessageId": f"message-{number}",
                "type": "text",
                "content": person.say("lives at Elm Street"),
            }
            sent = person.send("POST", messages, text)
        picture = {"clientMessageId": "message-9", "type": "image", "attachments": [file_id]}
        client.send("POST", messages, picture)
        for person in (client, artist):
            person.send(
                "POST",
                f"{path}/{self.conversation}/report",
                {
                    "reason": "spam",
                    "details": person.say("was called names"),
                    "messageId": sent["id"],
                }
                if person is client
                else {"reason": "spam", "details": person.say("complains")},
            )
        artist.send(
            "PUT",
            "/v1/messages/settings",
            {"sendDepositInstructions": True, "depositInstructions": artist.say("instructs")},
        )
        away = {"enabled": True, "content": artist.say("is away")}
        artist.send("PUT", "/v1/messages/away", away)
        for number, person in enumerate((client, artist)):
            label = f"lbl_{number:026}"
            name = {"name": person.say("sorts")[:40], "color": "red"}
            person.send("PUT", f"/v1/messages/labels/{label}", name)
            person.send("PUT", f"{path}/{self.conversation}/labels", {"labels": [label]})
            begun = {"content": person.say("begins"), "editedAt": "2026-01-01T00:00:00Z"}
            person.send("PUT", f"{path}/{self.conversation}/draft", begun)
            later = {
                "clientMessageId": f"later-{number:04}",
                "type": "text",
                "content": person.say("writes later"),
                "sendAt": (datetime.now(UTC) + timedelta(days=100)).isoformat(),
            }
            person.send("POST", f"{path}/{self.conversation}/scheduled", later)
        self.world.settle()

    def _present(self) -> None:
        artist, client = self.artist, self.client
        for person in (artist, client):
            avatar = self.world.upload(person, "avatar")
            person.send("PATCH", "/v1/profiles/me", {"name": person.name + " II", "avatar": avatar})
        version = artist.send("GET", "/v1/profiles/me/page")["version"]
        page = {
            "version": version,
            "handle": f"{artist.word}.ink",
            "businessName": artist.say("Studio"),
            "bio": artist.say("draws"),
            "city": artist.say("Town"),
            "tags": [artist.word],
            "listed": True,
        }
        artist.send("PATCH", "/v1/profiles/me/page", page)
        picture = self.world.upload(artist, "portfolio")
        item = artist.send(
            "POST", "/v1/profiles/me/portfolio", {"fileId": picture, "caption": artist.say("drew")}
        )
        client.send("PUT", f"/v1/profiles/portfolio/{item['id']}/like")
        board = client.send("POST", "/v1/profiles/boards", {"name": client.say("board")})
        client.send("PUT", f"/v1/profiles/boards/{board['id']}/items/{item['id']}")
        artist.send(
            "POST",
            f"/v1/profiles/clients/{client.id}/notes",
            {"text": f"{client.word} and {artist.word} met"},
        )
        voucher = {
            "name": artist.say("gift"),
            "value": {"type": "percent", "percent": 10},
        }
        template = artist.send("POST", "/v1/profiles/voucher-templates", voucher)
        self.voucher = artist.send(
            "POST", "/v1/profiles/vouchers", {"templateId": template["id"], "clientId": client.id}
        )
        self.world.settle()

    def _agree(self) -> None:
        artist, client = self.artist, self.client
        drafts = "/v1/policies/drafts/cancellation"
        body = {"text": artist.say("rules"), "rules": RULES["cancellation"]}
        version = artist.send("PUT", drafts, body)["version"]
        published = artist.send("POST", f"{drafts}/publish", {"version": version})
        artist.send("PUT", drafts, body | {"text": artist.say("drafts")})
        self.world.settle()
        client.send(
            "POST",
            f"/v1/policies/{published['versionId']}/acceptances",
            {"textHash": published["textHash"], "signature": client.name},
        )

    def _ask(self) -> None:
        artist, client = self.artist, self.client
        request = {
            "artistId": artist.id,
            "subject": client.say("swallow"),
            "description": client.say("on my arm"),
            "placement": client.say("arm"),
        }
        self.consultation = client.send("POST", "/v1/consultations", request)["id"]
        declined = client.send("POST", "/v1/consultations", request | {"subject": client.say("2")})
        artist.send(
            "POST", f"/v1/consultations/{declined['id']}/decline", {"reason": artist.say("no time")}
        )
        cancelled = client.send("POST", "/v1/consultations", request | {"subject": client.say("3")})
        client.send(
            "POST",
            f"/v1/consultations/{cancelled['id']}/cancel",
            {"reason": client.say("no money")},
        )
        self.world.settle()

    def _book(self) -> None:
        artist, client = self.artist, self.client
        artist.send("PUT", f"{APPOINTMENTS}/availability", ALL_DAY)
        service = {
            "name": artist.say("sleeve"),
            "durationMinutes": 60,
            "price": {"amount": 12_000, "currency": "EUR"},
            "description": artist.say("describes"),
            "location": artist.say("Street 1"),
            "deposit": {"type": "fixed", "amount": 2_000},
        }
        self.service = artist.send("POST", f"{APPOINTMENTS}/services", service)["id"]
        artist.send(
            "PUT",
            f"{APPOINTMENTS}/bank-details",
            {"accountName": artist.say("account"), "iban": IBAN},
        )
        for person in (artist, client):
            person.send("POST", f"{APPOINTMENTS}/calendar")
        self.world.settle()
        start = datetime(2026, 11, 25, 9, tzinfo=UTC)

        def book(by: Person, days: int, **fields: Any) -> str:
            body = {
                "serviceId": self.service,
                "startsAt": (start + timedelta(days=days)).isoformat().replace("+00:00", "Z"),
                "notes": by.say("wishes"),
                **fields,
            }
            booked: str = by.send("POST", APPOINTMENTS, body)["id"]
            self.world.settle()
            return booked

        first, second, third = book(client, 0), book(client, 1), book(client, 2)
        proof = {"reference": client.say("paid")}
        client.send("POST", f"{APPOINTMENTS}/{first}/deposit/proof", proof)
        artist.send(
            "POST", f"{APPOINTMENTS}/{first}/deposit/confirm", {"note": artist.say("received")}
        )
        client.send("POST", f"{APPOINTMENTS}/{second}/cancel", {"reason": client.say("is ill")})
        artist.send("POST", f"{APPOINTMENTS}/{third}/cancel", {"reason": artist.say("is ill")})
        artist.send(
            "POST",
            f"{APPOINTMENTS}/walk-ins",
            {"serviceId": self.service, "clientId": client.id, "notes": artist.say("noted")},
        )
        artist.send(
            "POST",
            f"{APPOINTMENTS}/proposals",
            {
                "serviceId": self.service,
                "clientId": client.id,
                "startsAt": ["2026-12-02T09:00:00Z"],
                "message": artist.say("proposes"),
            },
        )
        client.send(
            "POST",
            f"{APPOINTMENTS}/waitlist",
            {"serviceId": self.service, "firstDate": "2026-12-03", "lastDate": "2026-12-04"},
        )
        self.world.move_to(datetime(2026, 11, 25, 12, tzinfo=UTC))
        artist.send("POST", f"{APPOINTMENTS}/{first}/complete")
        self.world.settle()
        review = client.send(
            "POST",
            "/v1/profiles/reviews",
            {"appointmentId": first, "rating": 5, "text": client.say("liked it")},
        )
        artist.send(
            "PUT", f"/v1/profiles/reviews/{review['id']}/reply", {"text": artist.say("thanks")}
        )
        self.world.settle()

    def _notify(self) -> None:
        artist, client = self.artist, self.client
        action = artist.send(
            "POST",
            "/v1/quick-actions",
            {
                "label": artist.say("tap"),
                "kind": "send_text",
                "steps": ["Hi {{client.first_name}}"],
            },
        )
        artist.send(
            "POST",
            f"/v1/quick-actions/{action['id']}/executions",
            {"conversationId": self.conversation, "executionId": "tap-0001"},
        )
        template = {
            "name": "mine",
            "kind": "custom",
            "bodies": {"sms": {"text": artist.say("templates")}},
        }
        artist.send("POST", "/v1/notifications/templates", template)
        brand = {"name": artist.say("brand"), "color": "#0f766e"}
        artist.send("PUT", "/v1/notifications/brand", brand)
        links = {"custom": f"https://{artist.word}.example.com/review"}
        settings = {"reviewRequest": {"links": links}}
        artist.send("PUT", "/v1/notifications/settings", settings)
        birthday = {"month": 12, "day": 1, "timeZone": "Europe/Vienna"}
        client.send("PUT", "/v1/notifications/contact/birthday", birthday)
        text = {"userId": client.id, "subject": "Hi", "text": artist.say("mails")}
        artist.send("POST", "/v1/notifications/email", text)
        later = {"sendAt": "2026-12-20T09:00:00Z", **text}
        artist.api("notifications").post("/v1/notifications/email", json=later)
        artist.api("notifications").post(
            "/v1/notifications/email",
            json={"to": client.email, "subject": "Hi", "text": artist.say("mails an address")},
        )
        self.world.settle()

    def delete(self, person: Person) -> None:
        """Delete the account of one of them, and let all erasures end."""
        answer = person.sign_in().delete("/v1/auth/me", json={"password": PASSWORD})
        assert answer.status_code == 204, answer.body
        self.world.settle()
        for _ in range(4):
            self.world.pass_time(minutes=31)

    def add_phones(self) -> None:
        """Let both verify a phone number."""
        for person, phone in ((self.client, PHONES["client"]), (self.artist, PHONES["artist"])):
            person.send("POST", "/v1/notifications/contact/phone", {"phone": phone})
            self.world.settle()
            sent = str(self.world.find(phone)["notifications.deliveries"])
            entered = {"code": re.findall(r"\b[0-9]{6}\b", sent)[-1]}
            person.send("POST", "/v1/notifications/contact/phone/verify", entered)

    def list_traces(self, side: str) -> dict[str, set[str]]:
        """Return what identifies one of them besides the word, with the places that hold it."""
        phone = {PHONES[side]: {"notifications.contacts", "notifications.deliveries"}}
        # The artist honours a voucher without its holder: see below.
        is_artist = side == "artist"
        return phone | ({IBAN: {"appointments"}, self.code: {"profiles"}} if is_artist else {})

    @property
    def code(self) -> str:
        """The code of the voucher, as it is stored."""
        code: str = self.voucher["code"]
        return code.replace("-", "")


@pytest.fixture
def life(world: World) -> Life:
    """Return two people who have used everything."""
    life = Life(world)
    life.add_phones()
    return life


EVERYWHERE = {
    "appointments",
    "auth",
    "consultations",
    "files",
    "messaging.messages",
    "messaging.people",
    "messaging.reports",
    "notifications.contacts",
    "notifications.deliveries",
    "notifications.inbox",
    "policies",
    "profiles",
    "quick-actions",
}
PLACES = {
    "client": {*EVERYWHERE, "messaging.conversations"},
    "artist": {
        *EVERYWHERE,
        "messaging.settings",
        "notifications.reminders",
        "notifications.settings",
        "notifications.templates",
        "social",
    },
}
# What is kept of an artist for their clients, as docs/privacy.md states: the name of the service
# that was booked, and the text of the policy that was accepted.
KEPT = {"client": (), "artist": ("kanariartist sleeve", "kanariartist rules")}


@pytest.mark.parametrize("side", ["client", "artist"])
def test_nothing_names_a_deleted_user(life: Life, side: str) -> None:
    person: Person = getattr(life, side)
    # The scan sees every place; otherwise it would prove nothing.
    assert set(life.world.find(person.word)) >= PLACES[side]
    traces = life.list_traces(side)
    for trace, places in traces.items():
        assert set(life.world.find(trace)) >= places, trace
    life.delete(person)
    assert {trace: found for trace in traces if (found := life.world.find(trace))} == {}
    assert person.id not in str(life.world.find(life.code))
    left = [
        (place, text)
        for place, record in life.world.everything()
        if person.word in (text := without(str(record).lower(), KEPT[side]))
    ]
    assert [(place, text[:2_000]) for place, text in left] == []


def without(text: str, kept: tuple[str, ...]) -> str:
    """Return a text without what is kept on purpose."""
    for words in kept:
        text = text.replace(words, "")
    return text

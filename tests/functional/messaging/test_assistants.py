"""Assistants who write for an artist, over HTTP and live."""

import pytest

from shared.http.access_tokens import Actor
from tests.functional.messaging.live import Live
from tests.functional.messaging.test_live_connect import refused
from tests.functional.messaging.world import ARTIST, World, ok

NOA = "usr_noa"
FILE = "fil_01JD0000000000000000000001"


def test_a_message_names_the_assistant_who_sent_it(world: World) -> None:
    world.open()
    acting = world.artist.with_assistant(NOA, "messages")
    sent = world.send(acting, "Mara is on her way.")
    assert (sent["senderId"], sent["actingId"]) == (ARTIST, NOA)
    assert world.send(world.artist)["actingId"] is None
    for reader in (world.artist, world.client, acting):
        items = world.page(reader)["items"]
        assert [item["actingId"] for item in items] == [NOA, None]


def test_an_assistant_reads_no_settings(world: World) -> None:
    acting = world.artist.with_assistant(NOA, "messages")
    assert acting.get("/v1/messages/settings").status_code == 403


def test_an_assistant_edits_and_deletes_what_they_sent_themselves(world: World) -> None:
    world.open()
    acting = world.artist.with_assistant(NOA, "messages")
    theirs, artists = world.send(acting), world.send(world.artist)
    path = world.path("/messages/")
    edited = ok(acting.patch(path + theirs["id"], json={"content": "Hello!"}))
    assert (edited["content"], edited["actingId"]) == ("Hello!", NOA)
    for message in (artists, world.send(world.artist.with_assistant("usr_other", "messages"))):
        for answer in (
            acting.patch(path + message["id"], json={"content": "No"}),
            acting.delete(path + message["id"]),
        ):
            assert (answer.status_code, answer.json_body["code"]) == (403, "forbidden")
    assert acting.delete(path + theirs["id"]).status_code == 204
    # Artists answer for what was sent for them.
    kept = world.send(acting)
    assert world.artist.delete(path + kept["id"]).status_code == 204


def test_an_assistant_attaches_files_of_the_artist(world: World) -> None:
    world.open()
    file = {"fileId": FILE, "ownerId": ARTIST, "contentType": "image/webp", "recordVersion": 2}
    world.consume("file.cleaned", file)
    acting = world.artist.with_assistant(NOA, "messages")
    assert world.send(acting, "", type="image", attachments=[FILE])["attachments"] == [FILE]


class TestLive:
    def test_an_assistant_sends_and_receives_in_the_studio(self, live: Live, world: World) -> None:
        world.open()
        device = live.open(world.artist.with_assistant(NOA, "messages"))
        live.subscribe(device)
        client = live.open(world.client)
        sent = live.say(device, "On her way.")["message"]
        assert (sent["senderId"], sent["actingId"]) == (ARTIST, NOA)
        live.say(client, "Thanks")
        world.deliver()
        assert "Thanks" in str(device.received)
        assert "On her way." in str(client.received)

    def test_by_the_scope_of_messages_only(self, live: Live, world: World) -> None:
        calendar = world.artist.with_assistant(NOA, "calendar")
        assert calendar.post("/v1/messages/tickets").status_code == 403
        for scope, is_open in (("calendar", False), ("calendar messages", True)):
            token = live.token(ARTIST, "artist", acting=Actor(NOA, "ses_noa"), scope=scope)
            headers = {"Authorization": f"Bearer {token}"}
            if is_open:
                assert live.gateway.open(headers=headers).is_open
            else:
                assert refused(live, headers=headers) == 401

    @pytest.mark.parametrize(("user_id", "session_id"), [(ARTIST, "ses_1"), (NOA, f"ses_of_{NOA}")])
    def test_it_ends_with_either_session(
        self, live: Live, world: World, user_id: str, session_id: str
    ) -> None:
        acting = world.artist.with_assistant(NOA, "messages")
        device, waiting = live.open(acting), live.ticket(acting)["ticket"]
        artist = live.open(world.artist.as_user(ARTIST, "artist", session_id="ses_own"))
        data = {"userId": user_id, "sessionId": session_id, "reason": "signed_out"}
        world.consume("session.ended", data)
        assert (device.is_open, artist.is_open) == (False, True)
        late = live.ticket(acting)["ticket"]
        assert [refused(live, {"ticket": each}) for each in (waiting, late)] == [401, 401]

    def test_it_closes_none_of_the_artist(self, live: Live, world: World) -> None:
        artist = live.open(world.artist)
        acting = world.artist.with_assistant(NOA, "messages")
        devices = [live.open(acting) for _ in range(11)]
        assert artist.is_open
        assert [device.is_open for device in devices] == [False] + [True] * 10

    def test_it_is_renewed_by_a_token_of_the_same_assistant(self, live: Live, world: World) -> None:
        device = live.open(world.artist.with_assistant(NOA, "messages"))
        other = live.token(ARTIST, "artist", acting=Actor("usr_x", "ses_x"), scope="messages")
        for token in (live.token(ARTIST, "artist"), other):
            assert device.say({"action": "renew", "token": token})["event"] == "error"
        token = live.token(ARTIST, "artist", acting=Actor(NOA, "ses_noa"), scope="messages")
        assert device.say({"action": "renew", "token": token})["event"] == "renewed"

"""Opening WebSockets, and their expiry: no token in a URL, no ticket twice, nothing after `exp`."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from auth.use_cases import token_keys
from infra.paths import ROOT
from messaging import app as messaging_app
from messaging.store import connections as store
from shared.platform import config
from tests.functional.authorizer import forge
from tests.functional.messaging.live import PROTOCOL, Live, problem
from tests.functional.messaging.world import ARTIST, CLIENT, PATH, World, code
from tests.support.captured_logs import Logs
from tests.support.sockets import URL, Refused

PING = {"action": "ping"}
SCHEDULED = json.loads((ROOT / "events/lambda/appointments-sweeper.json").read_text())


def refused(
    live: Live,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> int:
    """Return the status of a handshake, which must fail and connect nobody."""
    before = len(live.connections())
    with pytest.raises(Refused) as error:
        live.gateway.open(query, headers)
    assert len(live.connections()) == before
    return error.value.status


class TestTickets:
    def test_a_ticket_opens_a_connection_for_its_owner(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)
        assert ticket["url"] == f"{URL}?ticket={ticket['ticket']}"
        assert ticket["expiresAt"] == "2026-03-02T12:01:00Z"
        device = live.gateway.open({"ticket": ticket["ticket"]})
        (stored,) = live.connections()
        assert (stored["_id"], stored["userId"], stored["role"]) == (device.id, CLIENT, "client")
        assert device.say(PING)["event"] == "pong"

    def test_a_ticket_opens_once(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)["ticket"]
        live.gateway.open({"ticket": ticket})
        assert refused(live, {"ticket": ticket}) == 401

    def test_one_of_many_concurrent_redemptions_succeeds(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)["ticket"]

        def redeem(_: int) -> bool:
            try:
                live.gateway.open({"ticket": ticket})
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(redeem, range(8))) == 1

    def test_a_ticket_is_valid_for_a_minute(self, live: Live, world: World) -> None:
        first, second = live.ticket(world.client), live.ticket(world.client)
        world.later(seconds=59.999)
        live.gateway.open({"ticket": first["ticket"]})
        world.later(seconds=0.001)
        assert refused(live, {"ticket": second["ticket"]}) == 401

    @pytest.mark.parametrize("ticket", ["", "x", "a" * 43, "$where", "\u0000"])
    def test_an_unknown_ticket_is_refused(self, live: Live, ticket: str) -> None:
        assert refused(live, {"ticket": ticket}) == 401

    def test_the_database_holds_only_a_hash_of_the_ticket(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)["ticket"]
        (stored,) = world.database.tickets.find()
        assert ticket not in str(stored)
        assert refused(live, {"ticket": stored["_id"]}) == 401

    def test_a_ticket_is_refused_once_its_token_has_expired(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)["ticket"]
        soon = world.now + timedelta(seconds=30)
        world.database.tickets.update_one({}, {"$set": {"tokenExpiresAt": soon}})
        world.later(seconds=30)
        assert refused(live, {"ticket": ticket}) == 401

    def test_the_connection_expires_with_the_token_of_the_ticket(
        self, live: Live, world: World
    ) -> None:
        ends = world.now + timedelta(hours=9)
        ticket = live.ticket(world.client)["ticket"]
        world.database.tickets.update_one({}, {"$set": {"tokenExpiresAt": ends}})
        live.gateway.open({"ticket": ticket})
        assert live.connections()[0]["expiresAt"] == ends

    def test_without_a_websocket_the_error_suggests_polling(
        self, live: Live, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("WEBSOCKET_URL")
        config.forget()
        answer = world.client.post(f"{PATH}/tickets")
        assert code(answer) == (501, "live_unavailable")
        assert "after=" in answer.json_body["detail"]


class TestTokens:
    def test_a_token_in_a_subprotocol_opens_and_the_other_protocol_is_selected(
        self, live: Live
    ) -> None:
        device = live.open_by_token(CLIENT)
        assert device.protocol == PROTOCOL
        assert live.connections()[0]["expiresAt"] == live.world.now + timedelta(minutes=15)

    def test_an_authorization_header_opens(self, live: Live) -> None:
        device = live.gateway.open(headers={"Authorization": f"Bearer {live.token(CLIENT)}"})
        assert device.protocol is None
        assert live.connections()[0]["userId"] == CLIENT

    def test_a_ticket_may_be_combined_with_the_subprotocol(self, live: Live, world: World) -> None:
        ticket = live.ticket(world.client)["ticket"]
        device = live.gateway.open({"ticket": ticket}, {"sec-websocket-protocol": PROTOCOL})
        assert device.protocol == PROTOCOL

    @pytest.mark.parametrize("name", ["token", "access_token", "authorization", "bearer", "jwt"])
    def test_a_token_in_the_url_opens_nothing(self, live: Live, name: str) -> None:
        assert refused(live, {name: live.token(CLIENT)}) == 401

    @pytest.mark.parametrize("protocols", ["", PROTOCOL, "bearer.{token}", "v2, bearer.{token}"])
    def test_incomplete_subprotocols_are_refused(self, live: Live, protocols: str) -> None:
        filled = protocols.replace("{token}", live.token(CLIENT))
        assert refused(live, headers={"Sec-WebSocket-Protocol": filled}) == 401

    @pytest.mark.parametrize("scheme", ["Basic ", "", "bearer"])
    def test_other_authorization_schemes_are_refused(self, live: Live, scheme: str) -> None:
        assert refused(live, headers={"Authorization": scheme + live.token(CLIENT)}) == 401

    def test_an_expired_token_is_refused(self, live: Live, world: World) -> None:
        token = live.token(CLIENT)
        world.later(minutes=15, seconds=6)  # the authorizer tolerates five seconds
        assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401

    def test_an_expired_token_is_refused_within_the_authorizers_leeway(
        self, live: Live, world: World
    ) -> None:
        token = live.token(CLIENT)
        world.later(minutes=15)
        assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401

    def test_forged_tokens_are_refused(self, live: Live, world: World) -> None:
        signer = token_keys.signer(world.now)
        certified = {"kid": signer.kid, "certificate": signer.certificate}
        good = {"alg": "ES256", "typ": "at+jwt", **certified}
        claims = forge.claims(world.now, sub=CLIENT, role="client")
        foreign = forge.by_es256(ec.generate_private_key(ec.SECP256R1()))
        real = live.token(CLIENT).split(".")
        forged = [
            forge.token(good | {"alg": "none"}, claims, lambda _: b""),
            forge.token(good | {"alg": "HS256"}, claims, forge.by_hs256(signer.kid.encode())),
            forge.token(good, claims, foreign),
            forge.token(good | {"jwk": forge.jwk_of(signer.private_key)}, claims, foreign),
            ".".join([real[0], forge.segment(claims | {"sub": ARTIST}), real[2]]),
            real[0] + "." + real[1] + ".",
            "x",
        ]
        for token in forged:
            assert refused(live, headers={"Authorization": f"Bearer {token}"}) == 401
            protocols = f"{PROTOCOL}, bearer.{token}"
            assert refused(live, headers={"Sec-WebSocket-Protocol": protocols}) == 401

    def test_a_deleted_account_is_refused(self, live: Live, world: World) -> None:
        world.introduce(CLIENT, "client")
        ticket = live.ticket(world.client)["ticket"]
        world.consume("user.deleted", {"userId": CLIENT})
        assert refused(live, {"ticket": ticket}) == 401
        assert refused(live, headers={"Authorization": f"Bearer {live.token(CLIENT)}"}) == 401

    def test_neither_tokens_nor_tickets_are_logged(
        self, live: Live, world: World, logs: Logs
    ) -> None:
        token, ticket = live.token(CLIENT), live.ticket(world.client)["ticket"]
        live.gateway.open({"ticket": ticket})
        device = live.gateway.open(headers={"Authorization": f"Bearer {token}"})
        device.say({"action": "renew", "token": token})
        refused(live, {"ticket": ticket})
        assert logs.text
        assert ticket not in logs.text
        assert token not in logs.text


class TestExpiry:
    def test_a_frame_after_expiry_is_refused_and_closes_the_connection(
        self, live: Live, world: World
    ) -> None:
        device = live.open_by_token(CLIENT)
        world.later(minutes=14, seconds=59.999)
        assert device.say(PING)["event"] == "pong"
        world.later(seconds=0.001)
        assert problem(device.say(PING)) == (401, "token_expired")
        assert not device.is_open
        assert not live.connections()

    def test_a_newer_token_extends_the_connection(self, live: Live, world: World) -> None:
        device = live.open_by_token(CLIENT)
        world.later(minutes=10)
        renewed = device.say({"action": "renew", "token": live.token(CLIENT)})
        assert renewed == {"event": "renewed", "expiresAt": "2026-03-02T12:25:00Z"}
        world.later(minutes=14)
        assert device.say(PING)["event"] == "pong"
        world.later(minutes=1)
        assert problem(device.say(PING)) == (401, "token_expired")

    def test_another_persons_token_does_not_extend_it(self, live: Live, world: World) -> None:
        device = live.open_by_token(CLIENT)
        world.later(minutes=10)
        answer = device.say({"action": "renew", "token": live.token(ARTIST, "artist")})
        assert problem(answer) == (401, "unauthorized")
        (stored,) = live.connections()
        assert (stored["userId"], stored["role"]) == (CLIENT, "client")
        world.later(minutes=5)
        assert problem(device.say(PING)) == (401, "token_expired")

    @pytest.mark.parametrize("token", ["x", "a.b.c"])
    def test_a_forged_token_does_not_extend_it(self, live: Live, token: str) -> None:
        device = live.open_by_token(CLIENT)
        ends = live.connections()[0]["expiresAt"]
        assert problem(device.say({"action": "renew", "token": token})) == (401, "unauthorized")
        assert live.connections()[0]["expiresAt"] == ends
        assert device.is_open

    def test_an_expired_connection_cannot_be_extended(self, live: Live, world: World) -> None:
        device = live.open_by_token(CLIENT)
        world.later(minutes=15)
        answer = device.say({"action": "renew", "token": live.token(CLIENT)})
        assert problem(answer) == (401, "token_expired")

    def test_the_sweeper_closes_only_expired_connections(self, live: Live, world: World) -> None:
        old = live.open_by_token(CLIENT)
        world.later(minutes=10)
        young = live.open_by_token(ARTIST, "artist")
        world.later(minutes=5)
        messaging_app.sweeper(SCHEDULED, None)
        assert (old.is_open, young.is_open) == (False, True)
        assert [each["_id"] for each in live.connections()] == [young.id]

    def test_an_unknown_connection_is_closed(self, live: Live, world: World) -> None:
        device = live.open(world.client)
        world.database.connections.delete_many({})
        assert problem(device.say(PING)) == (401, "not_connected")
        assert not device.is_open

    def test_deleting_an_account_closes_all_its_connections(self, live: Live, world: World) -> None:
        mine = [live.open(world.client), live.open(world.client)]
        other = live.open(world.artist)
        live.ticket(world.client)
        world.consume("user.deleted", {"userId": CLIENT})
        assert [device.is_open for device in (*mine, other)] == [False, False, True]
        assert [each["userId"] for each in live.connections()] == [ARTIST]
        assert not world.database.tickets.count_documents({})

    def test_the_record_of_a_closed_connection_is_deleted(self, live: Live, world: World) -> None:
        live.open(world.client).close()
        assert not live.connections()


class TestLimits:
    def test_one_connection_too_many_closes_the_oldest(self, live: Live, world: World) -> None:
        devices = []
        for _ in range(11):
            devices.append(live.open(world.client))
            world.later(seconds=1)
        other = live.open(world.artist)
        assert not devices[0].is_open
        assert all(device.is_open for device in (*devices[1:], other))
        assert len(live.connections()) == 11

    def test_frames_beyond_the_limit_are_refused_until_the_window_ends(
        self, live: Live, world: World
    ) -> None:
        device, other = live.open(world.client), live.open(world.client)
        for _ in range(100):
            assert device.say(PING)["event"] == "pong"
        assert problem(device.say(PING)) == (429, "too_many_frames")
        assert other.say(PING)["event"] == "pong"
        world.later(seconds=10)
        assert device.say(PING)["event"] == "pong"

    def test_a_client_far_beyond_the_limit_is_disconnected(self, live: Live, world: World) -> None:
        device = live.open(world.client)
        for _ in range(300):
            device.say(PING)
        assert device.is_open
        assert problem(device.say(PING)) == (429, "too_many_frames")
        assert not device.is_open

    def test_concurrent_frames_of_a_new_window_are_counted_exactly(
        self, live: Live, world: World
    ) -> None:
        device = live.open(world.client)

        def count(_: int) -> int:
            counted = store.count_frame(device.id, world.now, timedelta(seconds=10))
            assert counted is not None
            return counted.frames

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(count, range(8)))  # opens the connections to the database
            for _ in range(5):
                world.later(seconds=10)
                assert sorted(pool.map(count, range(24))) == list(range(1, 25))

"""Messages that an assistant sends for an artist: they name both."""

from tests.functional.messaging.world import ARTIST, World

NOA = "usr_noa"


def test_a_message_names_the_assistant_who_sent_it(world: World) -> None:
    world.open()
    acting = world.artist.with_assistant(NOA, "messages")
    sent = world.send(acting, "Mara is on her way.")
    assert (sent["senderId"], sent["actingId"]) == (ARTIST, NOA)
    assert world.send(world.artist)["actingId"] is None
    for reader in (world.artist, world.client, acting):
        items = world.page(reader)["items"]
        assert [item["actingId"] for item in items] == [NOA, None]


def test_an_assistant_opens_no_websocket_and_reads_no_settings(world: World) -> None:
    acting = world.artist.with_assistant(NOA, "messages")
    assert acting.post("/v1/messages/tickets").status_code == 403
    assert acting.get("/v1/messages/settings").status_code == 403

"""Access to files: who can read them, after events in any order."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
from time_machine import TimeMachineFixture

from files import inspection
from files.app import republish_files
from files.rules.file_names import clean_name, content_disposition
from shared.data import clean_files
from shared.data.clean_files import CleanFile
from tests.functional.files import samples
from tests.functional.files.world import (
    ADMIN,
    ARTIST,
    CLIENT,
    FILES,
    OTHER_ARTIST,
    OTHER_CLIENT,
    Died,
    World,
    message_data,
    objects,
    published_events,
    published_types,
    query_parameters,
    s3,
    stored_items,
    usage,
)
from tests.support import aws_calls

REQUEST = {"consultationId": "cns_1", "artistId": ARTIST, "clientId": CLIENT}
OTHERS = ("artist", "other_client", "other_artist", "admin")


def readers_of(world: World, file_id: str) -> set[str]:
    """Return who but the owner can read a file, requested alone or by ids."""
    alone = {
        name for name in OTHERS if getattr(world, name).get(f"{FILES}/{file_id}").status_code == 200
    }
    others = ("fil_none", file_id, file_id)
    assert alone == {name for name in OTHERS if world.list_by_ids(getattr(world, name), *others)}
    return alone


def test_only_the_owner_reads_a_file_until_an_event_shares_it(world: World) -> None:
    file_id = world.new_clean_file()
    assert world.file(file_id)["ownerId"] == CLIENT
    assert readers_of(world, file_id) == set()
    assert world.list_public(file_id) == []


def test_both_members_of_a_conversation_read_an_attachment(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id)
    world.share(file_id)
    assert readers_of(world, file_id) == {"artist"}
    theirs = world.artist.get(f"{FILES}/{file_id}").json_body
    assert theirs["download"]["url"]
    assert world.remove(file_id, world.artist).status_code == 404


def test_an_attachment_is_not_shared_while_an_admin_hides_its_message(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id)
    message = f"msg_{file_id}"
    hidden = message_data(message, CLIENT) | {"decidedAt": "2026-11-22T12:00:00Z"}
    shown = hidden | {"decidedAt": "2026-11-22T13:00:00Z"}
    for _ in range(2):
        world.consume("message.hidden", hidden)
    assert readers_of(world, file_id) == set()
    world.share(file_id)
    assert readers_of(world, file_id) == set()
    for _ in range(2):
        world.consume("message.shown", shown)
    world.consume("message.hidden", hidden)  # late
    assert readers_of(world, file_id) == {"artist"}
    world.delete_message(message)
    world.consume("message.shown", shown | {"decidedAt": "2026-11-22T14:00:00Z"})
    assert readers_of(world, file_id) == set()


def test_what_came_from_a_guest_is_the_artists_until_they_are_a_client(world: World) -> None:
    """Files of messages from a platform are the artist's, whoever wrote them."""
    of_guest, sent, later = (world.new_clean_file(world.artist) for _ in range(3))
    others = world.new_clean_file(world.other_artist)
    guest = {"guestId": "gst_1", "clientId": None}
    for file_id, sender in ((of_guest, "gst_1"), (sent, ARTIST)):
        data = message_data(f"msg_{file_id}", sender) | guest | {"attachments": [file_id]}
        world.consume("message.created", data)
    assert world.list_by_ids(world.client, of_guest, sent) == []
    for file_id in (of_guest, sent, others):
        joined = {"messageId": f"msg_{file_id}", "artistId": ARTIST, "clientId": CLIENT}
        world.consume("guest_message.joined", joined | {"attachments": [file_id]})
    assert world.list_by_ids(world.client, of_guest, sent, others) == [of_guest, sent]
    data = message_data("msg_later", CLIENT) | {"guestId": "gst_1", "attachments": [later]}
    world.consume("message.created", data)
    assert world.list_by_ids(world.client, later) == [later]
    world.consume("message.deleted", message_data(f"msg_{sent}", ARTIST))
    assert world.list_by_ids(world.client, sent) == []


def test_attaching_another_users_file_does_not_share_it(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id, sender=ARTIST)  # the artist attaches the client's file
    assert readers_of(world, file_id) == set()
    other = world.new_clean_file(world.other_client)
    world.share(other)  # the client attaches a stranger's file
    assert world.artist.get(f"{FILES}/{other}").status_code == 404
    assert world.client.get(f"{FILES}/{other}").status_code == 404


def test_the_artist_reads_a_deposit_proof(world: World) -> None:
    first, better, strangers = (
        world.new_clean_file(),
        world.new_clean_file(),
        world.new_clean_file(world.other_client),
    )
    for version, file_id in ((2, first), (4, better), (6, strangers)):
        proof = {"appointmentId": "apt_1", "artistId": ARTIST, "clientId": CLIENT}
        world.consume(
            "deposit.proof_submitted", proof | {"files": [file_id], "recordVersion": version}
        )
    assert readers_of(world, first) == readers_of(world, better) == {"artist"}
    assert world.artist.get(f"{FILES}/{strangers}").status_code == 404


def test_messages_without_a_sender_among_the_members_share_nothing(world: World) -> None:
    file_id = world.new_clean_file()
    data = {"clientId": OTHER_CLIENT, "attachments": [file_id]}
    for sender in (None, CLIENT):
        world.consume("message.created", message_data("msg_1", sender) | data)
    assert readers_of(world, file_id) == set()


def test_files_by_ids_are_the_same_as_each_file_alone(world: World) -> None:
    mine = [world.new_clean_file() for _ in range(3)]
    waiting = world.new_upload(samples.image())["id"]
    avatar = world.new_clean_file(world.other_client, purpose="avatar")
    theirs = world.new_clean_file(world.other_client)
    update_profile = {"userId": OTHER_CLIENT, "avatar": avatar, "recordVersion": 1}
    world.consume("user.profile.updated", update_profile)
    ids = (avatar, mine[2], theirs, waiting, "fil_none", mine[0], mine[2])
    with aws_calls.counted() as calls:
        assert world.list_by_ids(world.client, *ids) == [avatar, mine[2], waiting, mine[0]]
    assert calls["dynamodb:BatchGetItem"] == 2
    (view,) = world.client.get(f"{FILES}?ids={mine[1]}").json_body["items"]
    alone = world.client.get(f"{FILES}/{mine[1]}").json_body
    assert view.keys() == alone.keys()
    assert (view["download"] is not None, len(view["thumbnails"])) == (True, 3)
    many = ",".join(f"fil_{number}" for number in range(25))
    answer = world.client.get(f"{FILES}?ids={many}")
    assert answer.status_code == 422
    world.client.delete(f"{FILES}/{mine[0]}")
    assert world.list_by_ids(world.client, *mine) == mine[1:]


@pytest.mark.parametrize("parameters", ["cursor=x", "limit=20", "purpose=message"])
def test_ids_are_not_combined_with_other_parameters(world: World, parameters: str) -> None:
    answer = world.client.get(f"{FILES}?ids=fil_1&{parameters}")
    assert answer.status_code == 422
    name = parameters.partition("=")[0]
    assert answer.json_body["errors"] == [
        {"field": f"query.{name}", "message": "is not allowed together with ids"}
    ]


def test_malformed_ids_are_not_looked_up(world: World) -> None:
    nonsense = quote("\U00020000" * 700)  # more bytes than a key can have
    for someone, path in ((world.client, FILES), (world.anybody, f"{FILES}/public")):
        with aws_calls.counted() as calls:
            answer = someone.get(f"{path}?ids={nonsense}")
        assert (answer.status_code, answer.json_body) == (200, {"items": []})
        assert calls["dynamodb:BatchGetItem"] == 0


def test_a_file_shared_before_it_is_clean_is_readable_once_it_is(world: World) -> None:
    content = samples.image(size=(40, 30))
    file_id = world.new_upload(content)["id"]
    world.share(file_id)
    assert readers_of(world, file_id) == set()
    world.notify(file_id, world.put_upload(file_id, content))
    assert readers_of(world, file_id) == {"artist"}


def test_the_artist_reads_the_references_of_a_consultation_request(world: World) -> None:
    file_id = world.new_clean_file(purpose="consultation")
    request = REQUEST | {"files": [file_id, "fil_none"]}
    world.consume("consultation.requested", request | {"clientId": OTHER_CLIENT})
    assert readers_of(world, file_id) == set()
    world.consume("consultation.requested", request)
    assert readers_of(world, file_id) == {"artist"}


def test_attachments_of_a_deleted_message_are_no_longer_shared(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id, message="msg_1")
    (shared,) = stored_items("SHARED#msg_1")
    assert "expires_at" not in shared  # messaging decides until when a message can be deleted
    world.delete_message("msg_1")
    (ended,) = stored_items("SHARED#msg_1")
    assert "expires_at" in ended
    assert readers_of(world, file_id) == set()
    assert world.file(file_id)["status"] == "clean"
    world.delete_message("msg_1")
    world.share(file_id, message="msg_1")  # delivered again, and late
    assert readers_of(world, file_id) == set()


def test_a_deletion_that_arrives_first_prevails(world: World) -> None:
    file_id = world.new_clean_file()
    world.delete_message("msg_1")
    world.share(file_id, message="msg_1")
    assert readers_of(world, file_id) == set()


def test_a_file_that_another_source_shares_stays_readable(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id, message="msg_1")
    world.share(file_id, message="msg_2")
    world.consume("consultation.requested", REQUEST | {"files": [file_id]})
    for message in ("msg_1", "msg_2"):
        world.delete_message(message)
        assert readers_of(world, file_id) == {"artist"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(3))
def test_a_deletion_that_failed_is_completed_when_it_is_delivered_again(
    world: World, step: Any, after: bool
) -> None:
    file_id = world.new_clean_file()
    world.share(file_id, message="msg_1")
    with suppress(Died), aws_calls.failing_at(step, Died(), after=after, dead=True):
        world.delete_message("msg_1")
    world.delete_message("msg_1")
    assert readers_of(world, file_id) == set()


def test_a_deletion_does_not_restore_records_of_an_erased_reader(world: World) -> None:
    file_id = world.new_clean_file()
    world.share(file_id, message="msg_1")
    world.consume("user.deleted", {"userId": ARTIST})
    world.delete_message("msg_1")
    assert {item["sk"]["S"] for item in stored_items(f"FILE#{file_id}")} == {"RECORD"}


def test_a_file_is_public_while_a_portfolio_item_shows_it(world: World) -> None:
    file_id = world.new_clean_file(world.artist, purpose="portfolio")
    assert world.list_public(file_id) == []
    world.portfolio_item(file_id, 1)
    world.portfolio_item(file_id, 1, item="itm_2")
    assert world.list_public(file_id, "fil_none", file_id) == [file_id]
    assert world.client.get(f"{FILES}/{file_id}").status_code == 200
    data = {"itemId": "itm_2", "artistId": ARTIST, "fileId": file_id}
    for version, hidden in ((2, True), (3, False)):
        for item in ("itm_1", "itm_2"):
            changed = data | {"itemId": item, "recordVersion": version, "hidden": hidden}
            world.consume("portfolio_item.saved", changed)
        assert world.list_public(file_id) == ([] if hidden else [file_id])
    world.portfolio_item(file_id, 4, saved=False)
    assert world.list_public(file_id) == [file_id]
    world.portfolio_item(file_id, 4, saved=False, item="itm_2")
    assert world.list_public(file_id) == []
    assert world.client.get(f"{FILES}/{file_id}").status_code == 404


def test_the_picture_of_a_public_image_has_an_address_that_stays(world: World) -> None:
    file_id = world.new_clean_file(world.artist, purpose="portfolio")
    picture = f"{FILES}/public/{file_id}/picture"
    assert world.anybody.get(picture).status_code == 404
    world.portfolio_item(file_id, 1)
    answer = world.anybody.get(picture)
    assert (answer.status_code, answer.body) == (302, b"")
    # A cache must not keep it for as long as the link is valid.
    assert answer.headers["cache-control"] == "public, max-age=60"
    link = answer.headers["location"]
    assert f"/clean/{file_id}/" in link
    query = query_parameters(link)
    assert (query["X-Amz-Expires"], query["response-content-type"]) == ("300", "image/webp")
    (public,) = world.anybody.get(f"{FILES}/public?ids={file_id}").json_body["items"]
    largest = max(public["thumbnails"], key=lambda each: each["width"])
    assert link.partition("?")[0] == largest["url"].partition("?")[0]
    world.portfolio_item(file_id, 2, saved=False)
    for gone in (picture, f"{FILES}/public/fil_none/picture", f"{FILES}/public/%F0%A0/picture"):
        assert world.anybody.get(gone).status_code == 404


def test_only_images_have_a_public_picture(world: World) -> None:
    file_id = world.upload(
        samples.video(), world.artist, purpose="portfolio", name="a.mp4", contentType="video/mp4"
    )
    world.portfolio_item(file_id, 1)
    assert world.list_public(file_id) == [file_id]
    assert world.anybody.get(f"{FILES}/public/{file_id}/picture").status_code == 404


def test_events_of_a_portfolio_item_may_arrive_in_any_order(world: World) -> None:
    file_id = world.new_clean_file(world.artist, purpose="portfolio")
    world.portfolio_item(file_id, 2, saved=False)
    world.portfolio_item(file_id, 1)
    assert world.list_public(file_id) == []
    world.portfolio_item(file_id, 3)
    world.portfolio_item(file_id, 2, saved=False)
    world.portfolio_item(file_id, 3)
    assert world.list_public(file_id) == [file_id]


def test_an_item_that_shows_another_file_hides_the_previous_one(world: World) -> None:
    first = world.new_clean_file(world.artist, purpose="portfolio")
    second = world.new_clean_file(world.artist, purpose="portfolio")
    world.portfolio_item(first, 1)
    world.portfolio_item(second, 2)
    assert world.list_public(first, second) == [second]


def test_all_pictures_of_an_item_are_public_while_it_shows_them(world: World) -> None:
    first, second, third = (
        world.new_clean_file(world.artist, purpose="portfolio") for _ in range(3)
    )
    theirs = world.new_clean_file()
    world.portfolio_item(first, 1, fileIds=[first, second, theirs])
    assert world.list_public(first, second, third, theirs) == [first, second]
    world.portfolio_item(third, 2, fileIds=[third, second])
    assert world.list_public(first, second, third) == [second, third]
    world.portfolio_item(third, 3, saved=False)
    assert world.list_public(first, second, third) == []


def test_nobody_can_make_another_users_file_public(world: World) -> None:
    file_id = world.new_clean_file()
    world.portfolio_item(file_id)
    assert world.list_public(file_id) == []
    mine = world.new_clean_file(world.artist, purpose="portfolio")
    world.portfolio_item(mine, 1)
    world.portfolio_item(mine, 1, item="itm_9", artistId=OTHER_ARTIST)
    world.portfolio_item(mine, 2, saved=False)
    assert world.list_public(mine) == []


def test_a_public_file_is_only_listed_once_it_is_clean(world: World) -> None:
    content = samples.SVG
    file_id = world.new_upload(content, world.artist, purpose="portfolio")["id"]
    world.portfolio_item(file_id)
    assert world.list_public(file_id) == []
    world.notify(file_id, world.put_upload(file_id, content))
    assert world.list_public(file_id) == []


def test_everyone_signed_in_reads_a_file_while_it_is_an_avatar(world: World) -> None:
    first, second = world.new_clean_file(purpose="avatar"), world.new_clean_file(purpose="avatar")
    assert readers_of(world, first) == set()

    def update_profile(avatar: str | None, version: int, user: str = CLIENT) -> None:
        data = {"userId": user, "avatar": avatar, "recordVersion": version}
        world.consume("user.profile.updated", data)

    update_profile(first, 1)
    assert readers_of(world, first) == set(OTHERS)
    assert world.list_public(first) == []
    update_profile(second, 3)
    update_profile(first, 2)  # late
    assert (readers_of(world, first), readers_of(world, second)) == (set(), set(OTHERS))
    update_profile(second, 9, OTHER_CLIENT)  # a stranger's profile has no effect
    update_profile(None, 4)
    assert readers_of(world, second) == set()


def test_the_avatar_of_an_artist_is_public(world: World) -> None:
    first, second = (world.new_clean_file(world.artist, purpose="avatar") for _ in range(2))
    theirs = world.new_clean_file(purpose="avatar")

    def update_profile(avatar: str | None, version: int, role: str = "artist") -> None:
        data = {"userId": ARTIST, "avatar": avatar, "recordVersion": version, "role": role}
        world.consume("user.profile.updated", data)

    update_profile(first, 1)
    assert world.list_public(first, second) == [first]
    assert world.anybody.get(f"{FILES}/public/{first}/picture").status_code == 302
    update_profile(second, 3)
    update_profile(first, 2)  # late
    assert world.list_public(first, second) == [second]
    update_profile(theirs, 4)  # a client's file
    assert world.list_public(first, second, theirs) == []
    update_profile(second, 5)
    update_profile(second, 6, "client")  # an artist no more
    assert world.list_public(second) == []


def test_many_public_files_take_one_read(world: World) -> None:
    ids = [world.new_clean_file(world.artist, purpose="portfolio") for _ in range(3)]
    for number, file_id in enumerate(ids):
        world.portfolio_item(file_id, item=f"itm_{number}")
    world.list_public(*ids)  # starts the window of the rate limit
    with aws_calls.counted() as calls:
        assert world.list_public(*ids) == ids
    assert calls["dynamodb:BatchGetItem"] == 1
    assert sum(calls.values()) == 2  # and the rate limit
    assert world.list_public("", "") == []
    assert world.anybody.get(f"{FILES}/public?ids=,").status_code == 200
    many = ",".join(f"fil_{n}" for n in range(25))
    assert world.anybody.get(f"{FILES}/public?ids={many}").status_code == 422


# ---- links ---------------------------------------------------------------------------------------


def test_links_expire_soon_and_save_the_file_under_its_name_and_type(world: World) -> None:
    file_id = world.new_clean_file(name='..\\Mein "Arm" größer.jpeg')
    file = world.file(file_id)
    query = query_parameters(file["download"]["url"])
    assert query["X-Amz-Expires"] == "300"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["response-content-type"] == "image/jpeg"
    disposition = query["response-content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert unquote(disposition.split("UTF-8''")[1]) == 'Mein "Arm" größer.jpeg'
    assert len(file["thumbnails"]) == 3
    for thumbnail in file["thumbnails"]:
        query = query_parameters(thumbnail["url"])
        assert query["response-content-type"] == "image/webp"
        assert query["response-content-disposition"].startswith("attachment; ")
    assert "/incoming/" not in str(file)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\temp\\me.JPG", "me.JPG"),
        ("photo.exe", "photo.exe.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "a Set-Cookie: x.jpg"),
        ("evil\u202egpj.exe", "evilgpj.exe.jpg"),
        ("\x00.jpg", "file.jpg"),
        ("...", "file.jpg"),
        ("x" * 250 + ".jpeg", "x" * 150 + ".jpeg"),
    ],
)
def test_names_are_cleaned(name: str, shown: str) -> None:
    assert clean_name(name, "image/jpeg") == shown


def test_a_name_without_ascii_has_an_ascii_fallback() -> None:
    header = content_disposition("写真.jpg")
    assert header == "attachment; filename=\"file.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg"
    assert '"' not in content_disposition('a"b\\c;d.jpg').split('"')[1]


# ---- lists ---------------------------------------------------------------------------------------


def test_lists_hold_the_callers_files_by_page_and_purpose(
    world: World, clock: TimeMachineFixture
) -> None:
    ids = []
    for _ in range(5):
        clock.shift(timedelta(seconds=1))
        ids.append(world.new_clean_file())
    avatar = world.new_clean_file(purpose="avatar")
    world.new_clean_file(world.other_client)
    page = world.client.get(f"{FILES}?limit=2&purpose=message").json_body
    seen = [item["id"] for item in page["items"]]
    while page["nextCursor"]:
        path = f"{FILES}?limit=2&purpose=message&cursor={page['nextCursor']}"
        assert world.other_client.get(path).status_code == 422
        page = world.client.get(path).json_body
        seen += [item["id"] for item in page["items"]]
    assert seen == list(reversed(ids))
    everything = world.client.get(FILES).json_body["items"]
    assert [item["id"] for item in everything] == [avatar, *seen]
    assert world.admin.get(FILES).json_body == {"items": [], "nextCursor": None}


def test_a_rejected_file_is_listed_with_its_reason(world: World) -> None:
    file_id = world.upload(samples.SVG)
    (item,) = world.client.get(FILES).json_body["items"]
    assert (item["id"], item["status"], item["reason"]) == (file_id, "rejected", "wrong_type")


# ---- republication -----------------------------------------------------------------------------


def test_clean_files_of_users_are_published_again(world: World) -> None:
    """For features that began to keep copies of them."""
    kept, removed = world.new_clean_file(world.artist), world.new_clean_file(world.artist)
    world.new_clean_file(world.client)
    assert world.remove(removed, world.artist).status_code == 204
    world.announce(b"another", world.artist)  # is not clean
    (first,) = (event for event in published_events() if event.subject == kept)
    assert republish_files({"userIds": [ARTIST, "usr_nobody"]}, None) == {"files": 1}
    events = [event for event in published_events() if event.subject == kept]
    assert [(event.type, event.data) for event in events] == [(first.type, first.data)] * 2
    assert len({event.id for event in events}) == 2
    with aws_calls.counted() as calls:
        assert republish_files({"userIds": ["usr_nobody"]}, None) == {"files": 0}
    assert calls == {"dynamodb:Query": 1}


# ---- removal ------------------------------------------------------------------------------------


def test_removing_a_file_removes_everything_about_it(world: World) -> None:
    file_id = world.new_clean_file(world.artist, purpose="portfolio")
    world.portfolio_item(file_id)
    world.share(file_id, sender=ARTIST)
    assert world.remove(file_id, world.artist).status_code == 204
    assert world.artist.get(f"{FILES}/{file_id}").status_code == 404
    assert world.client.get(f"{FILES}/{file_id}").status_code == 404
    assert world.list_public(file_id) == []
    assert world.artist.get(FILES).json_body["items"] == []
    assert usage(ARTIST, "portfolio") == (0, 0)
    assert published_types() == ["file.cleaned", "file.removed"]
    (removed,) = (event for event in published_events() if event.type == "file.removed")
    assert removed.data == {"fileId": file_id, "ownerId": ARTIST, "recordVersion": 4}
    world.sweep()
    assert objects() == {}
    assert stored_items("REMOVAL#") == []
    left = {item["sk"]["S"] for item in stored_items(f"FILE#{file_id}")}
    assert left == {"RECORD"}
    assert not [
        item for item in stored_items(f"USER#{CLIENT}") if item["sk"]["S"].startswith("READS#")
    ]


def test_removal_can_be_repeated_and_only_by_the_owner(world: World) -> None:
    file_id = world.new_clean_file()
    for name in OTHERS:
        assert world.remove(file_id, getattr(world, name)).status_code == 404
    for _ in range(3):
        assert world.remove(file_id).status_code == 204
    assert world.remove("fil_none").status_code == 404
    assert world.remove(file_id, world.admin).status_code == 404
    assert published_types() == ["file.cleaned", "file.removed"]
    assert usage() == (0, 0)


def test_a_file_removed_during_its_inspection_leaves_nothing(
    world: World, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    real = inspection.examine

    def remove_meanwhile(*arguments: Any) -> Any:
        assert world.remove(file_id).status_code == 204
        world.sweep()  # too early: the inspector is about to write
        return real(*arguments)

    monkeypatch.setattr(inspection, "examine", remove_meanwhile)
    assert world.notify(file_id, etag) == {"batchItemFailures": []}
    assert published_events() == []
    clock.shift(timedelta(minutes=11))
    world.sweep()
    assert objects() == {}
    assert usage() == (0, 0)


def test_a_late_share_does_not_restore_a_removed_file(world: World) -> None:
    file_id = world.new_clean_file()
    world.remove(file_id)
    world.share(file_id)
    assert readers_of(world, file_id) == set()


# ---- deleted accounts ----------------------------------------------------------------------------


def test_the_files_of_a_deleted_account_are_removed(
    world: World, clock: TimeMachineFixture
) -> None:
    ids = [world.new_clean_file() for _ in range(3)]
    pending = world.new_upload(samples.image())["id"]
    theirs = world.new_clean_file(world.artist, purpose="message")
    world.share(theirs, sender=ARTIST)
    other = world.new_clean_file(world.other_client)
    for _ in range(2):
        world.consume("user.deleted", {"userId": CLIENT})
    for file_id in (*ids, pending):
        assert world.client.get(f"{FILES}/{file_id}").status_code == 404
    assert world.client.get(f"{FILES}/{theirs}").status_code == 404
    assert world.file(theirs, world.artist)["status"] == "clean"
    clock.shift(timedelta(hours=1, minutes=1))
    world.sweep()
    world.sweep()
    assert stored_items(f"USER#{CLIENT}") == []
    assert stored_items("ERASURE#") == []
    assert {key.split("/")[1] for key in objects()} == {theirs, other}
    names = [item["record"]["S"] for item in stored_items("FILE#") if "record" in item]
    assert not [name for name in names if CLIENT in name and "photo" in name]


def test_who_can_read_each_kind_of_file(world: World) -> None:
    """One file of each kind of sharing, requested by everyone."""
    files = {
        "own": world.new_clean_file(),
        "message": world.new_clean_file(),
        "avatar": world.new_clean_file(purpose="avatar"),
        "portfolio": world.new_clean_file(world.artist, purpose="portfolio"),
        "rejected": world.upload(samples.EXE),
        "pending": world.new_upload(samples.image())["id"],
    }
    world.share(files["message"])
    world.share(files["rejected"])
    world.share(files["pending"])
    world.consume(
        "user.profile.updated", {"userId": CLIENT, "avatar": files["avatar"], "recordVersion": 1}
    )
    world.portfolio_item(files["portfolio"])
    people = ("client", *OTHERS)
    seen = {
        name: {
            who
            for who in people
            if getattr(world, who).get(f"{FILES}/{file_id}").status_code == 200
        }
        for name, file_id in files.items()
    }
    assert seen == {
        "own": {"client"},
        "message": {"client", "artist"},
        "avatar": set(people),
        "portfolio": set(people),
        "rejected": {"client"},
        "pending": {"client"},
    }
    assert world.list_public(*files.values()) == [files["portfolio"]]
    assert {ADMIN} & {item["pk"]["S"] for item in stored_items()} == set()
    assert s3().list_objects_v2(Bucket="artist-booking-local-files")["KeyCount"] > 0


def test_an_assistant_uploads_and_reads_files_of_messages_only(world: World) -> None:
    acting = world.artist.with_assistant("usr_noa", "messages")
    upload = world.announce(samples.image(), acting, purpose="message")
    assert upload.status_code == 201, upload.body
    portfolio = world.announce(samples.image(), acting, purpose="portfolio")
    assert (portfolio.status_code, portfolio.json_body["code"]) == (403, "forbidden")
    path = f"/v1/files/{upload.json_body['id']}"
    assert acting.get(path).json_body["ownerId"] == ARTIST
    own = world.announce(samples.image(), world.artist, purpose="portfolio").json_body["id"]
    assert world.artist.get(f"/v1/files/{own}").status_code == 200
    for method, rest in (("GET", ""), ("POST", "/complete"), ("GET", "/parts")):
        assert acting.request(method, f"/v1/files/{own}{rest}").status_code == 404
    calendar = world.artist.with_assistant("usr_noa", "calendar")
    assert calendar.get(path).status_code == 403


# ---- what other features ask -------------------------------------------------------------------


def test_a_file_that_is_answered_as_clean_is_known_to_whoever_asks(world: World) -> None:
    """No event is delivered here: what one answer says, the next call accepts."""
    ids = [world.new_upload(samples.image())["id"], world.new_clean_file()]
    assert set(clean_files.find([*ids, "fil_none", ids[1], "é"], CLIENT)) == {ids[1]}
    assert clean_files.find_one(ids[1], CLIENT) == CleanFile(ids[1], CLIENT, "image/jpeg")
    assert clean_files.find(ids, OTHER_CLIENT) == {}
    world.remove(ids[1])
    assert clean_files.find(ids, CLIENT) == {}
    with aws_calls.listed() as calls:
        assert clean_files.find([], CLIENT) == {}
    assert calls == []

"""Who sees what of whose files, as events tell it in any order."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
from time_machine import TimeMachineFixture

from files import inspection
from files.rules.file_names import clean_name, content_disposition
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
    kept,
    objects,
    query_of,
    s3,
    told,
    told_of_message,
    told_types,
    usage,
)
from tests.support import aws_calls

REQUEST = {"consultationId": "cns_1", "artistId": ARTIST, "clientId": CLIENT}
OTHERS = ("artist", "other_client", "other_artist", "admin")


def seen_by(world, file_id: str) -> set[str]:
    """Which of the others see it, asked for alone as well as among others."""
    alone = {
        name for name in OTHERS if getattr(world, name).get(f"{FILES}/{file_id}").status_code == 200
    }
    others = ("fil_none", file_id, file_id)
    assert alone == {name for name in OTHERS if world.some(getattr(world, name), *others)}
    return alone


def test_a_file_is_its_owners_alone_until_an_event_shares_it(world: World) -> None:
    file_id = world.clean()
    assert world.file(file_id)["ownerId"] == CLIENT
    assert seen_by(world, file_id) == set()
    assert world.public(file_id) == []


def test_both_members_read_what_one_attached(world: World) -> None:
    file_id = world.clean()
    world.share(file_id)
    world.share(file_id)
    assert seen_by(world, file_id) == {"artist"}
    theirs = world.artist.get(f"{FILES}/{file_id}").json_body
    assert theirs["download"]["url"]
    assert world.remove(file_id, world.artist).status_code == 404


def test_what_one_attached_of_somebody_elses_is_not_shared(world: World) -> None:
    file_id = world.clean()
    world.share(file_id, sender=ARTIST)  # the artist names the client's file
    assert seen_by(world, file_id) == set()
    other = world.clean(world.other_client)
    world.share(other)  # the client names a stranger's
    assert world.artist.get(f"{FILES}/{other}").status_code == 404
    assert world.client.get(f"{FILES}/{other}").status_code == 404


def test_the_artist_reads_the_proof_of_a_payment(world: World) -> None:
    first, better, strangers = world.clean(), world.clean(), world.clean(world.other_client)
    for version, file_id in ((2, first), (4, better), (6, strangers)):
        proof = {"appointmentId": "apt_1", "artistId": ARTIST, "clientId": CLIENT}
        world.hear(
            "deposit.proof_submitted", proof | {"files": [file_id], "recordVersion": version}
        )
    assert seen_by(world, first) == seen_by(world, better) == {"artist"}
    assert world.artist.get(f"{FILES}/{strangers}").status_code == 404


def test_a_card_and_a_stranger_share_nothing(world: World) -> None:
    file_id = world.clean()
    data = {"clientId": OTHER_CLIENT, "attachments": [file_id]}
    for sender in (None, CLIENT):
        world.hear("message.created", told_of_message("msg_1", sender) | data)
    assert seen_by(world, file_id) == set()


def test_files_are_read_at_once_as_they_are_alone(world: World) -> None:
    mine = [world.clean() for _ in range(3)]
    waiting = world.announced(samples.image())["id"]
    avatar = world.clean(world.other_client, purpose="avatar")
    theirs = world.clean(world.other_client)
    card = {"userId": OTHER_CLIENT, "avatar": avatar, "recordVersion": 1}
    world.hear("user.profile.updated", card)
    asked = (avatar, mine[2], theirs, waiting, "fil_none", mine[0], mine[2])
    with aws_calls.counted() as calls:
        assert world.some(world.client, *asked) == [avatar, mine[2], waiting, mine[0]]
    assert calls["dynamodb:BatchGetItem"] == 2
    (view,) = world.client.get(f"{FILES}?ids={mine[1]}").json_body["items"]
    alone = world.client.get(f"{FILES}/{mine[1]}").json_body
    assert view.keys() == alone.keys()
    assert (view["download"] is not None, len(view["thumbnails"])) == (True, 3)
    many = ",".join(f"fil_{number}" for number in range(25))
    answer = world.client.get(f"{FILES}?ids={many}")
    assert answer.status_code == 422
    world.client.delete(f"{FILES}/{mine[0]}")
    assert world.some(world.client, *mine) == mine[1:]


def test_ids_that_are_none_are_not_looked_for(world: World) -> None:
    nonsense = quote("\U00020000" * 700)  # more bytes than a key may have
    for someone, path in ((world.client, FILES), (world.anybody, f"{FILES}/public")):
        with aws_calls.counted() as calls:
            answer = someone.get(f"{path}?ids={nonsense}")
        assert (answer.status_code, answer.json_body) == (200, {"items": []})
        assert calls["dynamodb:BatchGetItem"] == 0


def test_what_is_shared_before_it_is_clean_is_read_once_it_is(world: World) -> None:
    content = samples.image(size=(40, 30))
    file_id = world.announced(content)["id"]
    world.share(file_id)
    assert seen_by(world, file_id) == set()
    world.told_of(file_id, world.arrive(file_id, content))
    assert seen_by(world, file_id) == {"artist"}


def test_the_artist_reads_the_references_of_a_request(world: World) -> None:
    file_id = world.clean(purpose="consultation")
    asked = REQUEST | {"files": [file_id, "fil_none"]}
    world.hear("consultation.requested", asked | {"clientId": OTHER_CLIENT})
    assert seen_by(world, file_id) == set()
    world.hear("consultation.requested", asked)
    assert seen_by(world, file_id) == {"artist"}


def test_what_was_deleted_for_both_is_read_no_more(world: World) -> None:
    file_id = world.clean()
    world.share(file_id, message="msg_1")
    (shared,) = kept("SHARED#msg_1")
    assert "expires_at" not in shared  # until when a message can be deleted, messaging decides
    world.delete_message("msg_1")
    (ended,) = kept("SHARED#msg_1")
    assert "expires_at" in ended
    assert seen_by(world, file_id) == set()
    assert world.file(file_id)["status"] == "clean"
    world.delete_message("msg_1")
    world.share(file_id, message="msg_1")  # told again, and late
    assert seen_by(world, file_id) == set()


def test_a_deletion_that_is_told_first_holds(world: World) -> None:
    file_id = world.clean()
    world.delete_message("msg_1")
    world.share(file_id, message="msg_1")
    assert seen_by(world, file_id) == set()


def test_what_something_else_shares_as_well_is_still_read(world: World) -> None:
    file_id = world.clean()
    world.share(file_id, message="msg_1")
    world.share(file_id, message="msg_2")
    world.hear("consultation.requested", REQUEST | {"files": [file_id]})
    for message in ("msg_1", "msg_2"):
        world.delete_message(message)
        assert seen_by(world, file_id) == {"artist"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(3))
def test_a_deletion_that_died_is_made_up_for_when_it_is_told_again(
    world: World, step: Any, after: bool
) -> None:
    file_id = world.clean()
    world.share(file_id, message="msg_1")
    with suppress(Died), aws_calls.failing_at(step, Died(), after=after, dead=True):
        world.delete_message("msg_1")
    world.delete_message("msg_1")
    assert seen_by(world, file_id) == set()


def test_nothing_of_a_reader_who_is_gone_comes_back_with_a_deletion(world: World) -> None:
    file_id = world.clean()
    world.share(file_id, message="msg_1")
    world.hear("user.deleted", {"userId": ARTIST})
    world.delete_message("msg_1")
    assert {item["sk"]["S"] for item in kept(f"FILE#{file_id}")} == {"RECORD"}


def test_everybody_sees_what_a_portfolio_shows_while_one_item_does(world: World) -> None:
    file_id = world.clean(world.artist, purpose="portfolio")
    assert world.public(file_id) == []
    world.item(file_id, 1)
    world.item(file_id, 1, item="itm_2")
    assert world.public(file_id, "fil_none", file_id) == [file_id]
    assert world.client.get(f"{FILES}/{file_id}").status_code == 200
    world.item(file_id, 2, saved=False)
    assert world.public(file_id) == [file_id]
    world.item(file_id, 2, saved=False, item="itm_2")
    assert world.public(file_id) == []
    assert world.client.get(f"{FILES}/{file_id}").status_code == 404


def test_events_of_an_item_may_come_in_any_order(world: World) -> None:
    file_id = world.clean(world.artist, purpose="portfolio")
    world.item(file_id, 2, saved=False)
    world.item(file_id, 1)
    assert world.public(file_id) == []
    world.item(file_id, 3)
    world.item(file_id, 2, saved=False)
    world.item(file_id, 3)
    assert world.public(file_id) == [file_id]


def test_an_item_that_shows_another_file_now_hides_the_one_before(world: World) -> None:
    first = world.clean(world.artist, purpose="portfolio")
    second = world.clean(world.artist, purpose="portfolio")
    world.item(first, 1)
    world.item(second, 2)
    assert world.public(first, second) == [second]


def test_nobody_makes_somebody_elses_file_public(world: World) -> None:
    file_id = world.clean()
    world.item(file_id)
    assert world.public(file_id) == []
    mine = world.clean(world.artist, purpose="portfolio")
    world.item(mine, 1)
    world.item(mine, 1, item="itm_9", artistId=OTHER_ARTIST)
    world.item(mine, 2, saved=False)
    assert world.public(mine) == []


def test_what_is_public_and_not_clean_is_not_shown(world: World) -> None:
    content = samples.SVG
    file_id = world.announced(content, world.artist, purpose="portfolio")["id"]
    world.item(file_id)
    assert world.public(file_id) == []
    world.told_of(file_id, world.arrive(file_id, content))
    assert world.public(file_id) == []


def test_whoever_is_signed_in_sees_an_avatar_while_it_is_one(world: World) -> None:
    first, second = world.clean(purpose="avatar"), world.clean(purpose="avatar")
    assert seen_by(world, first) == set()

    def card(avatar: str | None, version: int, user: str = CLIENT) -> None:
        data = {"userId": user, "avatar": avatar, "recordVersion": version}
        world.hear("user.profile.updated", data)

    card(first, 1)
    assert seen_by(world, first) == set(OTHERS)
    assert world.public(first) == []
    card(second, 3)
    card(first, 2)  # late
    assert (seen_by(world, first), seen_by(world, second)) == (set(), set(OTHERS))
    card(second, 9, OTHER_CLIENT)  # a stranger's card names it: nothing comes of that
    card(None, 4)
    assert seen_by(world, second) == set()


def test_many_public_files_are_one_read(world: World) -> None:
    ids = [world.clean(world.artist, purpose="portfolio") for _ in range(3)]
    for number, file_id in enumerate(ids):
        world.item(file_id, item=f"itm_{number}")
    world.public(*ids)  # opens the window of the request limit
    with aws_calls.counted() as calls:
        assert world.public(*ids) == ids
    assert calls["dynamodb:BatchGetItem"] == 1
    assert sum(calls.values()) == 2  # and the request's count
    assert world.public("", "") == []
    assert world.anybody.get(f"{FILES}/public?ids=,").status_code == 200
    many = ",".join(f"fil_{n}" for n in range(25))
    assert world.anybody.get(f"{FILES}/public?ids={many}").status_code == 422


# ---- links ---------------------------------------------------------------------------------------


def test_links_are_short_lived_and_save_the_file_under_its_name_as_our_type(world: World) -> None:
    file_id = world.clean(name='..\\Mein "Arm" größer.jpeg')
    file = world.file(file_id)
    query = query_of(file["download"]["url"])
    assert query["X-Amz-Expires"] == "300"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["response-content-type"] == "image/jpeg"
    disposition = query["response-content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert unquote(disposition.split("UTF-8''")[1]) == 'Mein "Arm" größer.jpeg'
    assert len(file["thumbnails"]) == 3
    for thumbnail in file["thumbnails"]:
        query = query_of(thumbnail["url"])
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


def test_a_name_without_ascii_has_a_plain_one_beside_it() -> None:
    header = content_disposition("写真.jpg")
    assert header == "attachment; filename=\"file.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg"
    assert '"' not in content_disposition('a"b\\c;d.jpg').split('"')[1]


# ---- lists ---------------------------------------------------------------------------------------


def test_lists_are_ones_own_paged_and_by_purpose(world: World, clock: TimeMachineFixture) -> None:
    ids = []
    for _ in range(5):
        clock.shift(timedelta(seconds=1))
        ids.append(world.clean())
    avatar = world.clean(purpose="avatar")
    world.clean(world.other_client)
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
    file_id = world.sent(samples.SVG)
    (item,) = world.client.get(FILES).json_body["items"]
    assert (item["id"], item["status"], item["reason"]) == (file_id, "rejected", "wrong_type")


# ---- removing ------------------------------------------------------------------------------------


def test_removing_takes_everything_along(world: World) -> None:
    file_id = world.clean(world.artist, purpose="portfolio")
    world.item(file_id)
    world.share(file_id, sender=ARTIST)
    assert world.remove(file_id, world.artist).status_code == 204
    assert world.artist.get(f"{FILES}/{file_id}").status_code == 404
    assert world.client.get(f"{FILES}/{file_id}").status_code == 404
    assert world.public(file_id) == []
    assert world.artist.get(FILES).json_body["items"] == []
    assert usage(ARTIST, "portfolio") == (0, 0)
    assert told_types() == ["file.cleaned", "file.removed"]
    (removed,) = (event for event in told() if event.type == "file.removed")
    assert removed.data == {"fileId": file_id, "ownerId": ARTIST, "recordVersion": 4}
    world.sweep()
    assert objects() == {}
    assert kept("REMOVAL#") == []
    left = {item["sk"]["S"] for item in kept(f"FILE#{file_id}")}
    assert left == {"RECORD"}
    assert not [item for item in kept(f"USER#{CLIENT}") if item["sk"]["S"].startswith("READS#")]


def test_removing_again_is_fine_and_somebody_elses_is_not_found(world: World) -> None:
    file_id = world.clean()
    for name in OTHERS:
        assert world.remove(file_id, getattr(world, name)).status_code == 404
    for _ in range(3):
        assert world.remove(file_id).status_code == 204
    assert world.remove("fil_none").status_code == 404
    assert world.remove(file_id, world.admin).status_code == 404
    assert told_types() == ["file.cleaned", "file.removed"]
    assert usage() == (0, 0)


def test_what_is_removed_during_its_inspection_leaves_nothing(
    world: World, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.image()
    file_id = world.announced(content)["id"]
    etag = world.arrive(file_id, content)
    real = inspection.examine

    def removed_meanwhile(*arguments):
        assert world.remove(file_id).status_code == 204
        world.sweep()  # too early: the inspector is about to write
        return real(*arguments)

    monkeypatch.setattr(inspection, "examine", removed_meanwhile)
    assert world.told_of(file_id, etag) == {"batchItemFailures": []}
    assert told() == []
    clock.shift(timedelta(minutes=11))
    world.sweep()
    assert objects() == {}
    assert usage() == (0, 0)


def test_late_grants_do_not_bring_a_removed_file_back(world: World) -> None:
    file_id = world.clean()
    world.remove(file_id)
    world.share(file_id)
    assert seen_by(world, file_id) == set()


# ---- deleted accounts ----------------------------------------------------------------------------


def test_a_deleted_account_takes_its_files_along(world: World, clock: TimeMachineFixture) -> None:
    ids = [world.clean() for _ in range(3)]
    pending = world.announced(samples.image())["id"]
    theirs = world.clean(world.artist, purpose="message")
    world.share(theirs, sender=ARTIST)
    other = world.clean(world.other_client)
    for _ in range(2):
        world.hear("user.deleted", {"userId": CLIENT})
    for file_id in (*ids, pending):
        assert world.client.get(f"{FILES}/{file_id}").status_code == 404
    assert world.client.get(f"{FILES}/{theirs}").status_code == 404
    assert world.file(theirs, world.artist)["status"] == "clean"
    clock.shift(timedelta(hours=1, minutes=1))
    world.sweep()
    world.sweep()
    assert kept(f"USER#{CLIENT}") == []
    assert kept("ERASURE#") == []
    assert {key.split("/")[1] for key in objects()} == {theirs, other}
    names = [item["record"]["S"] for item in kept("FILE#") if "record" in item]
    assert not [name for name in names if CLIENT in name and "photo" in name]


def test_the_matrix_of_everybody_and_everything(world: World) -> None:
    """One file of each kind of sharing, against everybody."""
    files = {
        "own": world.clean(),
        "message": world.clean(),
        "avatar": world.clean(purpose="avatar"),
        "portfolio": world.clean(world.artist, purpose="portfolio"),
        "rejected": world.sent(samples.EXE),
        "pending": world.announced(samples.image())["id"],
    }
    world.share(files["message"])
    world.share(files["rejected"])
    world.share(files["pending"])
    world.hear(
        "user.profile.updated", {"userId": CLIENT, "avatar": files["avatar"], "recordVersion": 1}
    )
    world.item(files["portfolio"])
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
    assert world.public(*files.values()) == [files["portfolio"]]
    assert {ADMIN} & {item["pk"]["S"] for item in kept()} == set()
    assert s3().list_objects_v2(Bucket="artist-booking-local-files")["KeyCount"] > 0

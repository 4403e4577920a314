"""People: name and avatar, what is published of them, and who may see them."""

from typing import Any

from shared.data import tombstones
from shared.http.caller import Role
from tests.functional.profiles.activity import clean
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    consume,
    everything,
    outbox,
    register_user,
)
from tests.support import clean_files
from tests.support.responses import error_fields, refused

ME = "/v1/profiles/me"
AVATAR = "fil_01JD3300000000000000000001"
UPDATED = "user.profile.updated"


OTHERS_AVATAR = "fil_01JD3300000000000000000002"


def list_published() -> list[dict[str, Any]]:
    return [event.data for event in outbox(UPDATED)]


def test_an_unknown_caller_is_described_by_their_token(people: People) -> None:
    assert people.artist.get(ME).json_body == {
        "userId": ARTIST,
        "name": "",
        "avatar": None,
        "role": "artist",
        "handle": None,
    }
    assert everything() == []


def test_a_verified_user_becomes_a_person_and_is_published(people: People) -> None:
    people.register(CLIENT)
    assert people.client.get(ME).json_body["name"] == "Cleo Client"
    assert list_published() == [
        {
            "userId": CLIENT,
            "role": "client",
            "name": "Cleo Client",
            "avatar": None,
            "handle": None,
            "booksOpen": None,
            "recordVersion": 1,
        }
    ]


def test_the_event_may_arrive_twice_and_late(people: People) -> None:
    people.register(CLIENT)
    people.client.patch(ME, json={"name": "Cleo the Second"})
    people.register(CLIENT)
    assert people.client.get(ME).json_body["name"] == "Cleo the Second"
    assert [data["recordVersion"] for data in list_published()] == [1, 2]


def test_a_name_set_before_the_event_stays(people: People) -> None:
    people.artist.patch(ME, json={"name": "Mara"})
    people.register(ARTIST)
    assert people.artist.get(ME).json_body["name"] == "Mara"
    assert len(list_published()) == 1


def test_an_avatar_set_before_the_event_is_published_with_the_name(people: People) -> None:
    clean(ARTIST, AVATAR)
    people.artist.patch(ME, json={"avatar": AVATAR})
    assert list_published() == []
    people.register(ARTIST)
    (data,) = list_published()
    assert (data["name"], data["avatar"], data["recordVersion"]) == ("Mara Voss", AVATAR, 2)


def test_name_and_avatar_change_alone_or_together(people: People) -> None:
    people.register()
    clean(CLIENT, AVATAR)
    people.client.patch(ME, json={"avatar": AVATAR})
    answer = people.client.patch(ME, json={"name": "  Cleo C. "})
    assert (answer.json_body["name"], answer.json_body["avatar"]) == ("Cleo C.", AVATAR)
    people.client.patch(ME, json={"avatar": None})
    mine = [data for data in list_published() if data["userId"] == CLIENT]
    assert [(data["name"], data["avatar"]) for data in mine] == [
        ("Cleo Client", None),
        ("Cleo Client", AVATAR),
        ("Cleo C.", AVATAR),
        ("Cleo C.", None),
    ]
    assert [data["recordVersion"] for data in mine] == [1, 2, 3, 4]


def test_requests_that_change_nothing_are_not_published(people: People) -> None:
    people.register(CLIENT)
    for body in ({}, {"name": "Cleo Client"}, {"name": " Cleo Client"}, {"avatar": None}):
        assert people.client.patch(ME, json=body).status_code == 200
    assert len(list_published()) == 1


def test_an_avatar_is_a_clean_image_of_the_person(people: People) -> None:
    people.register(CLIENT)
    clean(CLIENT, AVATAR, content_type="application/pdf")
    clean(ARTIST, OTHERS_AVATAR)
    before = everything()
    for file_id, problem in (
        (AVATAR, "must be an image"),
        (OTHERS_AVATAR, "is not one of your clean files"),
        (f"{AVATAR[:-1]}3", "is not one of your clean files"),
    ):
        answer = people.client.patch(ME, json={"avatar": file_id})
        assert answer.status_code == 422
        assert error_fields(answer) == {"body.avatar": problem}
    assert everything() == before


def test_an_avatar_is_taken_before_the_event_that_it_is_clean(people: People) -> None:
    people.register(CLIENT)
    clean_files.create(CLIENT, AVATAR)
    answer = people.client.patch(ME, json={"avatar": AVATAR})
    assert (answer.status_code, answer.json_body["avatar"]) == (200, AVATAR)


def test_an_avatar_that_stays_needs_no_file(people: People) -> None:
    """A file may be removed after it was chosen, which must not stop other changes."""
    people.register(CLIENT)
    clean(CLIENT, AVATAR)
    people.client.patch(ME, json={"avatar": AVATAR})
    consume("file.removed", fileId=AVATAR, ownerId=CLIENT, recordVersion=3)
    answer = people.client.patch(ME, json={"name": "Cleo C.", "avatar": AVATAR})
    assert (answer.status_code, answer.json_body["name"]) == (200, "Cleo C.")


NONSENSE = [
    ({"name": ""}, "body.name"),
    ({"name": " "}, "body.name"),
    ({"name": "x" * 101}, "body.name"),
    ({"name": None}, "body.name"),
    ({"avatar": "http://elsewhere"}, "body.avatar"),
    ({"avatar": AVATAR + "\n"}, "body.avatar"),
    ({"userId": CLIENT}, "body.userId"),
    ({"role": "admin"}, "body.role"),
    ({"handle": "mine"}, "body.handle"),
]


def test_invalid_and_read_only_fields_are_named(people: People) -> None:
    people.register(CLIENT)
    for body, field in NONSENSE:
        assert list(error_fields(people.client.patch(ME, json=body))) == [field]
    assert len(list_published()) == 1


# ---- visibility --------------------------------------------------------------------------------


def relate(artist_id: str, client_id: str) -> None:
    consume("conversation.opened", conversationId="cnv_1", artistId=artist_id, clientId=client_id)


def test_artists_are_visible_to_all_users(people: People) -> None:
    people.register()
    for somebody in (people.client, people.other_artist, people.artist, people.admin):
        answer = somebody.get(f"/v1/profiles/users/{ARTIST}")
        assert answer.json_body["name"] == "Mara Voss"
    assert people.nobody.get(f"/v1/profiles/users/{ARTIST}").status_code == 401


def test_clients_are_visible_to_themselves_admins_and_related_artists(
    people: People,
) -> None:
    people.register()
    relate(ARTIST, CLIENT)
    path = f"/v1/profiles/users/{CLIENT}"
    statuses = {
        "self": people.client.get(path).status_code,
        "admin": people.admin.get(path).status_code,
        "their artist": people.artist.get(path).status_code,
        "another artist": people.other_artist.get(path).status_code,
        "another client": people.other_client.get(path).status_code,
    }
    assert statuses == {
        "self": 200,
        "admin": 200,
        "their artist": 200,
        "another artist": 404,
        "another client": 404,
    }


def test_hidden_and_unknown_people_look_the_same(people: People) -> None:
    people.register()
    hidden = people.artist.get(f"/v1/profiles/users/{OTHER_CLIENT}")
    missing = people.artist.get("/v1/profiles/users/usr_01JD0000000000000000000ZZZ")
    drop = {"correlationId"}
    assert {k: v for k, v in hidden.json_body.items() if k not in drop} == {
        k: v for k, v in missing.json_body.items() if k not in drop
    }


def test_a_relation_does_not_show_clients_to_clients(people: People) -> None:
    """A relation shows clients to artists only."""
    people.register()
    relate(ARTIST, CLIENT)
    relate(OTHER_ARTIST, OTHER_CLIENT)
    assert people.client.get(f"/v1/profiles/users/{OTHER_CLIENT}").status_code == 404


def test_admins_are_visible_to_admins(people: People) -> None:
    people.register()
    path = "/v1/profiles/users/usr_01JD0000000000000000000EEE"
    assert people.admin.get(path).status_code == 200
    assert people.artist.get(path).status_code == 404


# ---- the artist's page -------------------------------------------------------------------------


def test_an_artists_page_shows_name_and_avatar_at_once(people: People) -> None:
    people.register(ARTIST)
    clean(ARTIST, AVATAR)
    people.artist.patch(ME, json={"name": "Mara V.", "avatar": AVATAR})
    page = people.nobody.get(f"/v1/profiles/artists/{ARTIST}").json_body
    assert (page["name"], page["avatar"]) == ("Mara V.", AVATAR)


def test_a_deleted_account_does_not_become_a_person_again(people: People) -> None:
    people.register(CLIENT)
    consume("user.deleted", userId=CLIENT)
    assert refused(people.client.patch(ME, json={"name": "Ghost"})) == (401, "session_ended")
    register_user(CLIENT, "Cleo Client", Role.CLIENT)
    assert tombstones.is_deleted(CLIENT)
    assert people.client.get(ME).json_body["name"] == ""

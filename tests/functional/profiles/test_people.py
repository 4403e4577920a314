"""Cards: who people are to others, and who may know."""

from profiles.store import table
from shared.http.caller import Role
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    consume,
    error_fields,
    everything,
    outbox,
    refused,
    register_user,
)

ME = "/v1/profiles/me"
AVATAR = "fil_01JD3300000000000000000001"
UPDATED = "user.profile.updated"


def told() -> list[dict]:
    return [event.data for event in outbox(UPDATED)]


def test_who_was_not_heard_of_yet_is_answered_from_their_token(people: People) -> None:
    assert people.artist.get(ME).json_body == {
        "userId": ARTIST,
        "name": "",
        "avatar": None,
        "role": "artist",
        "handle": None,
    }
    assert everything() == []


def test_who_proved_their_address_has_a_card_and_others_hear_of_it(people: People) -> None:
    people.register(CLIENT)
    assert people.client.get(ME).json_body["name"] == "Cleo Client"
    assert told() == [
        {
            "userId": CLIENT,
            "role": "client",
            "name": "Cleo Client",
            "avatar": None,
            "handle": None,
            "recordVersion": 1,
        }
    ]


def test_the_event_may_come_twice_and_late(people: People) -> None:
    people.register(CLIENT)
    people.client.patch(ME, json={"name": "Cleo the Second"})
    people.register(CLIENT)
    assert people.client.get(ME).json_body["name"] == "Cleo the Second"
    assert [data["recordVersion"] for data in told()] == [1, 2]


def test_a_name_given_before_the_event_stays(people: People) -> None:
    people.artist.patch(ME, json={"name": "Mara"})
    people.register(ARTIST)
    assert people.artist.get(ME).json_body["name"] == "Mara"
    assert len(told()) == 1


def test_an_avatar_given_before_the_event_is_told_with_the_name(people: People) -> None:
    people.artist.patch(ME, json={"avatar": AVATAR})
    assert told() == []
    people.register(ARTIST)
    (data,) = told()
    assert (data["name"], data["avatar"], data["recordVersion"]) == ("Mara Voss", AVATAR, 2)


def test_name_and_avatar_change_alone_or_together(people: People) -> None:
    people.register()
    people.client.patch(ME, json={"avatar": AVATAR})
    answer = people.client.patch(ME, json={"name": "  Cleo C. "})
    assert (answer.json_body["name"], answer.json_body["avatar"]) == ("Cleo C.", AVATAR)
    people.client.patch(ME, json={"avatar": None})
    mine = [data for data in told() if data["userId"] == CLIENT]
    assert [(data["name"], data["avatar"]) for data in mine] == [
        ("Cleo Client", None),
        ("Cleo Client", AVATAR),
        ("Cleo C.", AVATAR),
        ("Cleo C.", None),
    ]
    assert [data["recordVersion"] for data in mine] == [1, 2, 3, 4]


def test_what_changes_nothing_is_told_to_nobody(people: People) -> None:
    people.register(CLIENT)
    for body in ({}, {"name": "Cleo Client"}, {"name": " Cleo Client"}, {"avatar": None}):
        assert people.client.patch(ME, json=body).status_code == 200
    assert len(told()) == 1


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


def test_nonsense_and_what_is_read_only_is_refused_by_name(people: People) -> None:
    people.register(CLIENT)
    for body, field in NONSENSE:
        assert list(error_fields(people.client.patch(ME, json=body))) == [field]
    assert len(told()) == 1


# ---- who sees whom -----------------------------------------------------------------------------


def relate(artist_id: str, client_id: str) -> None:
    consume("conversation.opened", conversationId="cnv_1", artistId=artist_id, clientId=client_id)


def test_artists_are_known_to_all_who_are_signed_in(people: People) -> None:
    people.register()
    for somebody in (people.client, people.other_artist, people.artist, people.admin):
        answer = somebody.get(f"/v1/profiles/users/{ARTIST}")
        assert answer.json_body["name"] == "Mara Voss"
    assert people.nobody.get(f"/v1/profiles/users/{ARTIST}").status_code == 401


def test_a_client_is_known_to_themselves_admins_and_artists_they_have_to_do_with(
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


def test_nobody_can_tell_somebody_hidden_from_nobody(people: People) -> None:
    people.register()
    hidden = people.artist.get(f"/v1/profiles/users/{OTHER_CLIENT}")
    missing = people.artist.get("/v1/profiles/users/usr_01JD0000000000000000000ZZZ")
    drop = {"correlationId"}
    assert {k: v for k, v in hidden.json_body.items() if k not in drop} == {
        k: v for k, v in missing.json_body.items() if k not in drop
    }


def test_a_client_who_claims_to_be_an_artist_in_the_relation_sees_nobody(people: People) -> None:
    """A relation is of an artist to a client, never the other way round."""
    people.register()
    relate(ARTIST, CLIENT)
    relate(OTHER_ARTIST, OTHER_CLIENT)
    assert people.client.get(f"/v1/profiles/users/{OTHER_CLIENT}").status_code == 404


def test_an_admin_is_known_to_admins(people: People) -> None:
    people.register()
    path = "/v1/profiles/users/usr_01JD0000000000000000000EEE"
    assert people.admin.get(path).status_code == 200
    assert people.artist.get(path).status_code == 404


# ---- an artist's card is on their page ---------------------------------------------------------


def test_an_artists_page_shows_the_card_at_once(people: People) -> None:
    people.register(ARTIST)
    people.artist.patch(ME, json={"name": "Mara V.", "avatar": AVATAR})
    page = people.nobody.get(f"/v1/profiles/artists/{ARTIST}").json_body
    assert (page["name"], page["avatar"]) == ("Mara V.", AVATAR)


def test_a_deleted_account_gets_no_card_any_more(people: People) -> None:
    people.register(CLIENT)
    consume("user.deleted", userId=CLIENT)
    assert refused(people.client.patch(ME, json={"name": "Ghost"})) == (401, "session_ended")
    register_user(CLIENT, "Cleo Client", Role.CLIENT)
    assert table.is_deleted(CLIENT)
    assert people.client.get(ME).json_body["name"] == ""

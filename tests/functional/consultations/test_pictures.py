"""Pictures that an artist adds to a consultation from a social account."""

from typing import Any

import pytest

from consultations.use_cases import pictures
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    People,
    id_in,
    outbox,
    publish,
)

IMPORT, FILE = "smi_01JD0000000000000000000MMM", "fil_01JD0000000000000000000PPP"
SOURCE = {"provider": "instagram", "permalink": None, "removedAtSource": False}


def import_media(path: str, **fields: Any) -> None:
    """Deliver the event that media became a clean file of the artist."""
    data = {
        "importId": IMPORT,
        "attempt": 1,
        "artistId": ARTIST,
        "target": "consultation",
        "consultationId": id_in(path),
        "fileId": FILE,
        "caption": "Peonies",
        "provider": "instagram",
        "permalink": None,
        "recordVersion": 3,
    }
    publish("social_media.imported", {**data, **fields})


def answers() -> list[Any]:
    """Return the published answers to imports."""
    return [event for event in outbox() if ".picture_" in event.type]


def test_both_parties_see_a_picture_that_the_artist_added(people: People) -> None:
    path = people.create_consultation()
    import_media(path)
    import_media(path)
    for party in (people.artist, people.client):
        (picture,) = party.get(path).json_body["pictures"]
        assert (picture["fileId"], picture["caption"]) == (FILE, "Peonies")
        assert picture["source"] == SOURCE
    (event,) = answers()
    assert event.type == "consultation.picture_added"
    added = {"consultationId": id_in(path), "artistId": ARTIST, "clientId": CLIENT, "fileId": FILE}
    assert event.data == added | {"importId": IMPORT, "attempt": 1, "recordVersion": 2}


def test_a_picture_says_whether_it_was_removed_where_it_comes_from(people: People) -> None:
    path = people.create_consultation()
    import_media(path)
    change = {"importId": IMPORT, "target": "consultation", "recordId": id_in(path)}
    publish("social_media.source_changed", change | {"removedAtSource": True, "recordVersion": 6})
    publish("social_media.source_changed", change | {"removedAtSource": False, "recordVersion": 5})
    (picture,) = people.client.get(path).json_body["pictures"]
    assert picture["source"] == SOURCE | {"removedAtSource": True}


@pytest.mark.parametrize(
    "reason", ["consultation_unknown", "consultation_closed", "consultation_full"]
)
def test_a_picture_is_refused_with_a_reason(
    people: People, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    path = people.create_consultation()
    artist_id = OTHER_ARTIST if reason == "consultation_unknown" else ARTIST
    if reason == "consultation_closed":
        assert people.client.post(f"{path}/cancel", json={}).status_code == 200
    if reason == "consultation_full":
        monkeypatch.setattr(pictures, "MAX_PICTURES", 0)
    import_media(path, artistId=artist_id)
    (event,) = answers()
    assert (event.type, event.data["reason"]) == ("consultation.picture_refused", reason)
    assert people.client.get(path).json_body["pictures"] == []
    assert people.client.get(f"{path}x").status_code == 404


def test_the_pictures_of_a_deleted_artist_are_erased(people: People) -> None:
    path = people.create_consultation()
    import_media(path)
    publish("user.deleted", {"userId": ARTIST})
    assert people.client.get(path).json_body["pictures"] == []

"""Portfolio items made of imported media: once, with their source, or refused with a reason."""

from typing import Any

import pytest

from profiles.use_cases import portfolio_imports
from tests.functional.profiles.activity import (
    FILE,
    HOME,
    create_item,
    list_portfolio,
    list_stored,
    ok,
)
from tests.functional.profiles.people import ARTIST, People, consume, outbox

IMPORT = "smi_01JD0000000000000000000MMM"
PERMALINK = "https://www.instagram.com/p/C9xYzAbCdEf/"
CAPTION = "Peonies, healed. #fineline"


def import_media(**fields: Any) -> None:
    """Deliver the event that media became a clean file of the artist."""
    data = {
        "importId": IMPORT,
        "attempt": 1,
        "artistId": ARTIST,
        "target": "portfolio",
        "consultationId": None,
        "fileId": FILE,
        "caption": CAPTION,
        "provider": "instagram",
        "permalink": PERMALINK,
        "recordVersion": 3,
    }
    consume("social_media.imported", **{**data, **fields})


def change_source(item_id: str, *, removed: bool, version: int, **fields: Any) -> None:
    """Deliver the event that media was removed at its provider, or is there again."""
    data: dict[str, Any] = {"importId": IMPORT, "target": "portfolio", "recordId": item_id}
    data |= {"removedAtSource": removed, "recordVersion": version}
    consume("social_media.source_changed", **{**data, **fields})


def answers() -> list[Any]:
    """Return the published answers to imports."""
    return [event for event in outbox() if "import" in event.type]


def test_imported_media_is_one_item_with_its_source(people: People) -> None:
    import_media()
    import_media()
    (item,) = list_portfolio(people)
    source = {"provider": "instagram", "permalink": PERMALINK, "removedAtSource": False}
    assert (item["fileId"], item["caption"], item["source"]) == (FILE, CAPTION, source)
    (event,) = answers()
    assert event.type == "portfolio_item.imported"
    assert event.data == {
        "importId": IMPORT,
        "attempt": 1,
        "artistId": ARTIST,
        "itemId": item["id"],
    }
    assert [event.type for event in outbox()].count("portfolio_item.saved") == 1


def test_an_item_that_the_artist_deleted_stays_deleted_until_the_next_attempt(
    people: People,
) -> None:
    import_media()
    (item,) = list_portfolio(people)
    ok(people.artist.delete(f"{HOME}/me/portfolio/{item['id']}"))
    import_media()
    assert list_portfolio(people) == []
    import_media(attempt=2)
    assert len(list_portfolio(people)) == 1


def test_an_item_says_whether_it_was_removed_where_it_comes_from(people: People) -> None:
    import_media()
    (item,) = list_portfolio(people)
    change_source(item["id"], removed=True, version=6)
    change_source(item["id"], removed=False, version=5)  # late
    (shown,) = list_portfolio(people)
    assert shown == item | {"source": item["source"] | {"removedAtSource": True}}
    change_source(item["id"], removed=False, version=7)
    change_source(item["id"], removed=True, version=8, importId="smi_another")
    assert list_portfolio(people) == [item]


def test_an_item_of_the_artists_own_has_no_source(people: People) -> None:
    item_id = create_item(people.artist)
    change_source(item_id, removed=True, version=9)
    (item,) = list_portfolio(people)
    assert item["source"] is None


def test_a_full_portfolio_takes_no_import(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio_imports, "MAX_ITEMS", 1)
    create_item(people.artist)
    import_media()
    import_media()
    assert len(list_portfolio(people)) == 1
    (event,) = answers()
    assert (event.type, event.data["reason"]) == ("portfolio_item.import_refused", "portfolio_full")


def test_nothing_is_imported_for_a_deleted_account_or_another_target(people: People) -> None:
    import_media(target="consultation", consultationId="cns_1")
    consume("user.deleted", userId=ARTIST)
    import_media()
    assert list_stored("IMPORT#") == []
    assert answers() == []

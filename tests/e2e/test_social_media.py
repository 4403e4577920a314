"""A picture on Instagram becomes an item of the artist's portfolio, inspected and public."""

from typing import Any

import requests

from tests.e2e.test_booking import new_person
from tests.support import social
from tests.support.api import TIMEOUT_SECONDS, eventually
from tests.support.stack import RunningStack

ACCOUNTS = "/v1/social/accounts"
CAPTION = "Peonies, healed. #fineline"


def test_a_picture_of_instagram_is_imported_into_the_portfolio(stack: RunningStack) -> None:
    artist = new_person(stack, "artist")
    handle = f"ines.{artist.id[-8:].lower()}"
    social.connect(artist.api, "instagram", username=handle)
    (account,) = artist.api.get(ACCOUNTS).json()["items"]
    posted = requests.post(
        f"{stack.inbox_url}/meta/_control/media",
        json={"platform": "instagram", "account": handle, "medium": {"caption": CAPTION}},
        timeout=TIMEOUT_SECONDS,
    )
    posted.raise_for_status()
    home = f"{ACCOUNTS}/{account['id']}/media"
    (medium,) = artist.api.get(home).json()["items"]
    assert (medium["id"], medium["caption"]) == (posted.json()["id"], CAPTION)

    body = {"mediaIds": [medium["id"]], "target": {"type": "portfolio"}}
    ordered = artist.api.post(f"{home}/imports", body)
    assert ordered.status_code == 202, ordered.text
    (import_,) = ordered.json()["items"]

    def find_imported() -> dict[str, Any] | None:
        found: dict[str, Any] = artist.api.get(f"{home}/imports/{import_['id']}").json()
        assert found["state"] != "failed", found
        return found if found["state"] == "imported" else None

    done = eventually(find_imported, "the imported picture")
    (item,) = artist.api.get(f"/v1/profiles/artists/{artist.id}/portfolio").json()["items"]
    assert (item["id"], item["caption"]) == (done["itemId"], CAPTION)
    assert item["source"]["permalink"] == medium["permalink"]

    def find_public() -> dict[str, Any] | None:
        items = artist.api.get(f"/v1/files/public?ids={item['fileId']}").json()["items"]
        return items[0] if items else None

    file = eventually(find_public, "the public file")
    assert requests.get(file["download"]["url"], timeout=TIMEOUT_SECONDS).ok

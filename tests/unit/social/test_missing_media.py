"""Which of many media are gone: one that is, or may not be read, fails a call for several."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from shared.platform.outside_calls import Answer
from social.models import ProviderId, SocialAccount
from social.providers import calls, meta_media
from social.providers.configuration import ProviderSettings
from social.providers.failures import TokenRefused

GONE = {"code": 100, "error_subcode": 33}
FORBIDDEN = {"code": 10}


class Graph:
    """A Graph API that has media."""

    def __init__(self, errors: dict[str, dict[str, int]]) -> None:
        self.errors = errors
        self.asked: list[list[str]] = []

    def send(self, _method: str, url: str, *, query: dict[str, str], **_: Any) -> Answer:
        ids = query["ids"].split(",") if "ids" in query else [url.rpartition("/")[2]]
        self.asked.append(ids)
        for each in ids:
            if each in self.errors:
                return _answer(400, {"error": self.errors[each]})
        shown: dict[str, Any] = {each: {"id": each, "media_type": "IMAGE"} for each in ids}
        return _answer(200, shown if "ids" in query else shown[ids[0]])


def _answer(status: int, body: object) -> Answer:
    return Answer(status=status, headers={}, body=msgspec.json.encode(body))


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ProviderSettings(api_url="https://graph.example")
    monkeypatch.setattr(meta_media, "read_settings", lambda _: settings)


@pytest.fixture
def account() -> SocialAccount:
    return SocialAccount(
        id="soc_1",
        artist_id="usr_1",
        provider=ProviderId.INSTAGRAM,
        subject="1",
        display_name="Mara",
        capabilities=(),
        scopes=(),
        connected_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("errors", "max_calls", "found"),
    [
        ({}, 20, (set(), set())),
        ({"03": GONE}, 20, ({"03"}, set())),
        ({"03": FORBIDDEN}, 20, (set(), set())),
        ({"03": FORBIDDEN, "04": GONE, "07": GONE}, 20, ({"04", "07"}, set())),
        ({"03": GONE}, 1, (set(), {f"{each:02}" for each in range(8)})),
        # What may not be read holds up nothing: the next run goes on behind it.
        ({f"{each:02}": FORBIDDEN for each in range(8)}, 3, (set(), set())),
    ],
)
def test_what_is_gone_is_found_beside_what_may_not_be_read(
    account: SocialAccount,
    monkeypatch: pytest.MonkeyPatch,
    errors: dict[str, dict[str, int]],
    max_calls: int,
    found: tuple[set[str], set[str]],
) -> None:
    graph = Graph(errors)
    monkeypatch.setattr(calls, "send", graph.send)
    media = meta_media.MetaMedia(ProviderId.INSTAGRAM)
    ids = [f"{each:02}" for each in range(8)]
    assert media.find_missing(account, "token", ids, max_calls) == found
    assert len(graph.asked) <= max_calls


def test_other_media_are_looked_at_before_what_may_not_be_read(
    account: SocialAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta_media, "MAX_IDS", 4)
    graph = Graph({"00": FORBIDDEN, "01": FORBIDDEN, "06": GONE})
    monkeypatch.setattr(calls, "send", graph.send)
    media = meta_media.MetaMedia(ProviderId.INSTAGRAM)
    found = media.find_missing(account, "token", [f"{each:02}" for each in range(8)], 6)
    assert found == ({"06"}, set())


def test_an_account_whose_media_may_not_be_listed_has_to_be_connected_again(
    account: SocialAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "send", lambda *_, **__: _answer(403, {"error": FORBIDDEN}))
    with pytest.raises(TokenRefused):
        meta_media.MetaMedia(ProviderId.INSTAGRAM).list_media(account, "token", None, 10)

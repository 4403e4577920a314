"""Media of social accounts: browsing, and imports from the provider to the portfolio."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from consultations.models import Consultation, ConsultationStatus
from consultations.store import consultations
from domain.ids import new_id
from files.app import app as files_app
from files.rules.file_types import QUOTAS, FilePurpose
from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from profiles.use_cases import portfolio_imports
from shared.data import file_imports
from shared.platform import config
from social.models import ProviderId
from social.providers import media as media_provider
from social.store import accounts as accounts_store
from social.store import media as store
from social.use_cases import export, media_checks, media_fetching
from tests.functional.files import samples
from tests.functional.social.conftest import MARA, NOOR
from tests.functional.social.studio_media import BUCKET, CLIENT, StudioMedia
from tests.functional.social.world import NOW, deliver
from tests.support import aws_calls, fake_aws, moto_items
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import error_fields

CAPTION = "Peonies, healed. #fineline"


class Died(BaseException):
    """The worker was stopped, as Lambda does: nothing after this runs."""


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOW


@pytest.fixture
def open_studio(
    networks: SocialNetworks, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """Return a function that connects an account with media."""
    del clock
    fake_aws.create_bucket(BUCKET)
    queue_url = fake_aws.create_queue("social-work")
    incoming_url = fake_aws.create_queue("files-incoming")
    monkeypatch.setenv("EXPORTS_BUCKET", BUCKET)
    monkeypatch.setenv("FILES_BUCKET", BUCKET)
    monkeypatch.setenv("QUEUE_URL_SOCIAL_WORK", queue_url)
    monkeypatch.setenv("QUEUE_URL_FILES_INCOMING", incoming_url)
    config.forget()
    return lambda provider: StudioMedia(networks, provider, queue_url)


@pytest.fixture
def studio(open_studio: Any) -> Iterator[StudioMedia]:
    """Mara's Instagram account."""
    return open_studio(ProviderId.INSTAGRAM)  # type: ignore[no-any-return]


@pytest.fixture(params=[ProviderId.INSTAGRAM, ProviderId.FACEBOOK])
def either(request: pytest.FixtureRequest, open_studio: Any) -> StudioMedia:
    """Mara's account at each provider that has media."""
    made: StudioMedia = open_studio(request.param)
    return made


# ---- browsing ----------------------------------------------------------------------------------


def test_media_is_listed_page_by_page_with_the_providers_cursor(either: StudioMedia) -> None:
    posted = [either.post() for _ in range(5)]
    shown: list[str] = []
    cursor = ""
    while True:
        page = either.browse(limit=2, **({"cursor": cursor} if cursor else {}))
        shown += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert shown == posted[::-1]


def test_a_medium_is_shown_as_its_provider_shows_it(studio: StudioMedia) -> None:
    media_id = studio.post(caption=CAPTION)
    (item,) = studio.browse()["items"]
    assert item["previewUrl"].startswith("http://127.0.0.1:")
    assert item | {"previewUrl": "", "takenAt": ""} == {
        "id": media_id,
        "kind": "image",
        "caption": CAPTION,
        "permalink": f"https://www.instagram.com/p/{media_id}/",
        "previewUrl": "",
        "takenAt": "",
        "importId": None,
        "importState": None,
        "parts": [],
    }


def test_videos_have_a_preview_and_albums_have_parts(studio: StudioMedia) -> None:
    parts = studio.post_album(2, CAPTION)
    studio.post(media_type="VIDEO", thumbnail_url="http://127.0.0.1:1/cover.jpg")
    video, album = studio.browse()["items"]
    assert (video["kind"], video["previewUrl"]) == ("video", "http://127.0.0.1:1/cover.jpg")
    assert album["kind"] == "album"
    assert [part["id"] for part in album["parts"]] == parts
    assert all(part["previewUrl"] for part in album["parts"])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("meta.token_expired", (409, "needs_reconnect")),
        ("meta.app_removed", (409, "needs_reconnect")),
        ("meta.app_rate_limit", (503, "provider_limited")),
        ("meta.business_rate_limit", (503, "provider_limited")),
        ("meta.permission_missing", (409, "needs_reconnect")),
        ("meta.invalid_parameter", (503, "provider_unavailable")),
        (None, (503, "provider_unavailable")),
    ],
)
def test_the_providers_errors_are_answered_with_what_to_do(
    studio: StudioMedia, fault: str | None, code: tuple[int, str]
) -> None:
    made = ProviderFault(error=fault) if fault else ProviderFault(garbage=True)
    studio.networks.meta_faults.put("media.list", made)
    answer = studio.mara.get(studio.home)
    assert (answer.status_code, answer.json_body["code"]) == code
    account = accounts_store.find_account(MARA, studio.account.id)
    assert account is not None
    assert (account.reconnect_since is not None) == (code[1] == "needs_reconnect")
    assert (account.limited_until is not None) == (code[1] == "provider_limited")


def test_a_cursor_that_the_provider_no_longer_knows_is_named(studio: StudioMedia) -> None:
    for _ in range(3):
        studio.post()
    cursor = studio.browse(limit=1)["nextCursor"]
    studio.networks.meta_faults.put("media.list", ProviderFault(error="meta.invalid_cursor"))
    answer = studio.mara.get(f"{studio.home}?cursor={cursor}")
    assert answer.status_code == 422
    assert set(error_fields(answer)) == {"query.cursor"}


def test_media_is_the_artists_own_and_has_to_be_allowed(open_studio: Any, noor: ApiClient) -> None:
    studio = open_studio(ProviderId.INSTAGRAM)
    assert noor.get(studio.home).status_code == 404
    assert noor.get(f"{studio.home}/imports").status_code == 404
    body = {"mediaIds": ["1"], "target": {"type": "portfolio"}}
    assert noor.post(f"{studio.home}/imports", json=body).status_code == 404


# ---- imports -----------------------------------------------------------------------------------


def test_a_picture_is_imported_into_the_portfolio(either: StudioMedia) -> None:
    is_instagram = either.provider is ProviderId.INSTAGRAM
    media_id = either.post(caption=CAPTION) if is_instagram else either.post(name=CAPTION)
    (ordered,) = either.order(media_id)
    assert (ordered["state"], ordered["problem"]) == ("queued", None)
    either.settle()
    done = either.get(ordered["id"])
    (item,) = either.portfolio()
    assert (done["state"], done["itemId"], done["caption"]) == ("imported", item["id"], CAPTION)
    assert (item["caption"], item["file_id"]) == (CAPTION, done["fileId"])
    assert item["source"]["provider"] == either.provider
    assert item["source"]["permalink"] == done["permalink"]
    (file,) = either.files()
    assert (file["owner_id"], file["purpose"], file["status"]) == (MARA, "portfolio", "clean")
    (shown,) = either.browse()["items"]
    assert (shown["importId"], shown["importState"]) == (ordered["id"], "imported")
    assert either.mara.get(f"{either.home}/imports").json_body["items"] == [done]


def test_a_medium_is_imported_once_for_each_target(studio: StudioMedia) -> None:
    media_id = studio.post()
    (first,) = studio.order(media_id, media_id)
    studio.settle(times=2)
    (again,) = studio.order(media_id)
    studio.settle()
    assert (again["id"], again["state"]) == (first["id"], "imported")
    assert len(studio.portfolio()) == len(studio.files()) == 1


def test_what_the_artist_deleted_can_be_imported_again(studio: StudioMedia) -> None:
    media_id = studio.post()
    (ordered,) = studio.order(media_id)
    studio.settle()
    (item,) = studio.portfolio()
    removed = {"itemId": item["id"], "artistId": MARA, "fileId": item["file_id"]}
    removed |= {"importId": ordered["id"], "importAttempt": 1, "recordVersion": 2}
    deliver("portfolio_item.removed", **removed)
    assert studio.get(ordered["id"])["state"] == "removed"
    studio.order(media_id)
    deliver("portfolio_item.removed", **removed)  # late
    studio.settle()
    done = studio.get(ordered["id"])
    assert done["state"] == "imported"
    assert done["itemId"] != item["id"]


def test_an_album_is_imported_part_by_part_with_its_caption(studio: StudioMedia) -> None:
    parts = studio.post_album(3, CAPTION)
    studio.order(parts[1])
    studio.settle()
    (album,) = studio.order(parts[0].partition(".")[0])
    studio.settle(times=2)
    done = studio.get(album["id"])
    assert (done["state"], len(done["partIds"])) == ("split", 3)
    assert [studio.get(id)["mediaId"] for id in done["partIds"]] == parts
    assert {studio.get(id)["state"] for id in done["partIds"]} == {"imported"}
    assert [item["caption"] for item in studio.portfolio()] == [CAPTION] * 3


def test_a_picture_is_imported_into_an_open_consultation_of_the_artist(
    studio: StudioMedia,
) -> None:
    consultation_id, over_id, other_id = (new_id("cns") for _ in range(3))
    for id, artist_id, status in (
        (consultation_id, MARA, "pending"),
        (over_id, MARA, "declined"),
        (other_id, NOOR, "pending"),
    ):
        data = {"consultationId": id, "artistId": artist_id, "clientId": CLIENT}
        deliver("consultation.requested", **data, status=status, recordVersion=1)
    media_id = studio.post(caption=CAPTION)
    for id in (over_id, other_id, new_id("cns")):
        target = {"type": "consultation", "consultationId": id}
        body = {"mediaIds": [media_id], "target": target}
        answer = studio.mara.post(f"{studio.home}/imports", json=body)
        assert answer.status_code == 422
        assert set(error_fields(answer)) == {"body.target.consultationId"}
    consultation = Consultation(
        consultation_id, MARA, CLIENT, ConsultationStatus.PENDING, None, NOW, NOW
    )
    consultations.commit(None, consultation)
    (ordered,) = studio.order(media_id, consultation_id=consultation_id)
    studio.settle(times=2)
    done = studio.get(ordered["id"])
    assert (done["state"], done["consultationId"]) == ("imported", consultation_id)
    stored = consultations.find_consultation(consultation_id)
    assert stored is not None
    (picture,) = stored.pictures
    assert (picture.picture.caption, picture.picture.file_id) == (CAPTION, done["fileId"])
    client = client_for(files_app).as_user(CLIENT)
    assert client.get(f"/v1/files/{done['fileId']}").status_code == 200
    assert studio.portfolio() == []


def test_only_the_owner_of_a_consultation_decides_about_it(studio: StudioMedia) -> None:
    known = new_id("cns")
    data = {"consultationId": known, "artistId": MARA, "status": "pending", "recordVersion": 1}
    deliver("consultation.requested", **data)  # consultations does not know it
    (ordered,) = studio.order(studio.post(), consultation_id=known)
    studio.settle()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "consultation_unknown")


def test_content_is_not_followed_elsewhere(
    studio: StudioMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ordered,) = studio.order(studio.post())
    redirect = nullcontext(SimpleNamespace(status=302, get_header=lambda _: "https://evil.example"))
    monkeypatch.setattr(media_provider, "open_response", lambda *_: redirect)
    studio.settle()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "content_unavailable")
    assert studio.files() == []


# ---- what goes wrong ---------------------------------------------------------------------------


def test_a_token_that_expired_fails_the_import_until_it_is_ordered_again(
    studio: StudioMedia,
) -> None:
    media_id = studio.post()
    studio.networks.meta_faults.put("node", ProviderFault(error="meta.token_expired", count=1))
    (ordered,) = studio.order(media_id)
    studio.settle()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "needs_reconnect")
    studio.order(media_id)
    studio.settle()
    assert studio.get(ordered["id"])["state"] == "imported"


@pytest.mark.provider_errors("meta.permission_missing")
def test_a_medium_that_may_not_be_read_fails_alone(studio: StudioMedia) -> None:
    media_id = studio.post()
    fault = ProviderFault(error="meta.permission_missing", count=1)
    studio.networks.meta_faults.put("node", fault)
    (ordered,) = studio.order(media_id)
    studio.settle()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "content_unavailable")
    account = accounts_store.find_account(MARA, studio.account.id)
    assert account is not None
    assert account.reconnect_since is None
    (other,) = studio.order(studio.post())
    studio.settle()
    assert studio.get(other["id"])["state"] == "imported"


def test_a_limited_import_waits_as_long_as_the_provider_asks(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    media_id = studio.post()
    fault = ProviderFault(error="meta.app_rate_limit", retry_after=600, count=1)
    studio.networks.meta_faults.put("node", fault)
    (ordered,) = studio.order(media_id)
    studio.settle()
    waiting = studio.get(ordered["id"])
    assert (waiting["state"], waiting["problem"]) == ("queued", "rate_limited")
    assert datetime.fromisoformat(waiting["retryAt"]) >= NOW + timedelta(seconds=600)
    studio.sweep()
    assert studio.get(ordered["id"]) == waiting
    clock.shift(1900)
    studio.sweep()
    studio.settle()
    done = studio.get(ordered["id"])
    assert (done["state"], done["problem"]) == ("imported", None)


def test_a_provider_that_does_not_respond_is_tried_again_and_given_up(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    studio.networks.meta_faults.put("node", ProviderFault(garbage=True))
    (ordered,) = studio.order(studio.post())
    studio.settle()
    waiting = studio.get(ordered["id"])
    assert (waiting["state"], waiting["problem"]) == ("queued", "provider_unavailable")
    for _ in range(7):
        clock.shift(3700)
        studio.sweep()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "provider_unavailable")


@pytest.mark.parametrize("problem", ["media_gone", "content_unavailable", "too_large", "elsewhere"])
def test_content_that_cannot_be_fetched_fails_the_import(
    studio: StudioMedia, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    media_id = studio.post()
    if problem == "media_gone":
        studio.remove(media_id)
    elif problem == "content_unavailable":
        media_id = studio.post(media_url=f"{studio.networks.graph.base}/cdn/nothing")
    elif problem == "elsewhere":
        media_id, problem = studio.post(media_url="http://127.0.0.2/x.jpg"), "content_unavailable"
    else:
        monkeypatch.setattr(media_provider, "MAX_BYTES", 100)
        media_provider._guard.cache_clear()
    (ordered,) = studio.order(media_id)
    studio.settle()
    media_provider._guard.cache_clear()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", problem)
    assert studio.files() == []


def test_what_files_rejects_is_shown_with_the_reason(
    studio: StudioMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hostile,) = studio.order(studio.post(samples.SVG))
    studio.settle()
    failed = studio.get(hostile["id"])
    assert (failed["state"], failed["problem"], failed["rejection"]) == (
        "failed",
        "rejected",
        "wrong_type",
    )
    quota = QUOTAS[FilePurpose.PORTFOLIO]
    monkeypatch.setitem(QUOTAS, FilePurpose.PORTFOLIO, type(quota)(quota.families, 100, 0, 0))
    (beyond,) = studio.order(studio.post())
    studio.settle()
    assert studio.get(beyond["id"])["rejection"] in {"quota_used_up", "too_large"}
    assert studio.portfolio() == []


def test_a_full_portfolio_is_shown_on_the_import(
    studio: StudioMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_imports, "MAX_ITEMS", 0)
    (ordered,) = studio.order(studio.post())
    studio.settle()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "portfolio_full")


# ---- a worker that dies ------------------------------------------------------------------------


STEPS = {
    "before the content is put": (media_provider, "download"),
    "before it is handed over": (file_imports, "hand_over"),
    "after it was put": (media_fetching, "_record_handed_over"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    studio: StudioMedia, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Died

    (ordered,) = studio.order(studio.post())
    with monkeypatch.context() as patched:
        patched.setattr(*STEPS[step], die)
        with pytest.raises(Died):
            studio.work()
    assert studio.get(ordered["id"])["state"] == "queued"
    clock.shift(300)
    studio.sweep()  # the message is lost as well
    studio.settle(times=2)
    assert studio.get(ordered["id"])["state"] == "imported"
    assert len(studio.portfolio()) == len(studio.files()) == 1


def test_each_call_of_a_worker_can_be_its_last(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    imports: list[str] = []
    is_dead = True
    while is_dead:
        (ordered,) = studio.order(studio.post())
        try:
            with aws_calls.failing_at(len(imports), Died(), dead=True):
                studio.work()
            is_dead = False
        except Died:
            studio.lose_messages()
        imports.append(ordered["id"])
    clock.shift(700)
    studio.sweep()
    studio.settle(times=2)
    assert {studio.get(id)["state"] for id in imports} == {"imported"}
    assert len(studio.portfolio()) == len(studio.files()) == len(imports) > 5


def test_each_call_of_a_consumer_can_be_its_last(studio: StudioMedia) -> None:
    (ordered,) = studio.order(studio.post())
    killed = studio.settle_with_deaths(Died)
    assert killed > 15
    assert studio.get(ordered["id"])["state"] == "imported"
    assert len(studio.portfolio()) == len(studio.files()) == 1


def test_an_import_whose_message_was_lost_is_found_by_the_sweeper(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    (ordered,) = studio.order(studio.post())
    studio.lose_messages()
    clock.shift(180)
    studio.sweep()
    studio.settle()
    assert studio.get(ordered["id"])["state"] == "imported"


def test_an_import_that_nobody_answers_is_given_up_but_a_late_answer_counts(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    (ordered,) = studio.order(studio.post())
    studio.work()
    assert studio.get(ordered["id"])["state"] == "inspecting"
    clock.shift(4 * 3600)
    studio.sweep()
    failed = studio.get(ordered["id"])
    assert (failed["state"], failed["problem"]) == ("failed", "timed_out")
    studio.settle()
    done = studio.get(ordered["id"])
    assert (done["state"], done["problem"]) == ("imported", None)


# ---- what is removed at the provider -----------------------------------------------------------


def test_what_is_removed_at_the_provider_is_shown_as_removed(
    either: StudioMedia, clock: TimeMachineFixture
) -> None:
    media_ids = [either.post() for _ in range(5)]
    imports = either.order(*media_ids)
    either.settle()
    either.remove(media_ids[3])
    clock.shift(6 * 3600 + 60)
    either.sweep()
    either.settle(times=2)
    removed = [each["id"] for each in imports if either.get(each["id"])["removedAtSource"]]
    assert removed == [imports[3]["id"]]
    flagged = [item for item in either.portfolio() if item["source"]["removedAtSource"]]
    assert [item["import_id"] for item in flagged] == removed
    assert len(either.portfolio()) == 5


def test_a_check_stays_within_its_calls_and_goes_on_later(
    studio: StudioMedia, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_checks, "MAX_CALLS", 3)
    media_ids = [studio.post() for _ in range(4)]
    imports = studio.order(*media_ids)
    studio.settle()
    for media_id in media_ids[:2]:
        studio.remove(media_id)
    clock.shift(6 * 3600 + 60)
    for _ in range(12):
        studio.sweep()
        clock.shift(16 * 60)
    removed = [each["id"] for each in imports if studio.get(each["id"])["removedAtSource"]]
    assert removed == [each["id"] for each in imports[:2]]


def test_a_check_of_an_account_that_cannot_be_called_changes_nothing(
    studio: StudioMedia, clock: TimeMachineFixture
) -> None:
    media_id = studio.post()
    (ordered,) = studio.order(media_id)
    studio.settle()
    studio.remove(media_id)
    studio.end_token()
    clock.shift(6 * 3600 + 60)
    studio.sweep()
    assert studio.get(ordered["id"])["removedAtSource"] is None
    check = store.find_check(MARA, studio.account.id)
    assert check is not None
    assert check.version == 2


def test_the_provider_can_have_everything_of_an_account_deleted(studio: StudioMedia) -> None:
    studio.order(studio.post())
    studio.settle()
    store.delete_account(MARA, studio.account.id)
    assert not [item for item in moto_items.items("social") if item["sk"].startswith("MEDIA")]
    assert len(studio.portfolio()) == 1


# ---- erasure and export ------------------------------------------------------------------------


def test_imports_are_exported_and_erased(studio: StudioMedia) -> None:
    studio.order(studio.post(caption=CAPTION))
    studio.settle()
    shares: Any = export.gather(MARA)
    (exported,) = shares["mediaImports"]
    assert exported.caption == CAPTION
    deliver("user.deleted", userId=MARA)
    assert not [item for item in moto_items.items("social") if MARA in item["pk"]]

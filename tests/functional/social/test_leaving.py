"""The end of accounts: by the artist, by Meta, and with the artist's account here."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from infra.local.standins.social.outgoing import Delivery
from shared.data import tombstones
from shared.data.conflicts import WriteConflict
from shared.events.sweeper import SweepIncomplete
from shared.platform import clock
from social.app import app
from social.models import ProviderId
from social.models.bookings import Booking, WritingSettings
from social.models.calendars import SocialCalendar
from social.models.messages import Guest
from social.store import accounts as accounts_store
from social.store import bookings, calendars, conversations
from social.use_cases import due_work
from tests.functional.social.conftest import MARA, NOOR
from tests.functional.social.test_connecting import HOME, assert_revoked, connect, listed
from tests.functional.social.world import NOW, deliver
from tests.support import streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

CALLBACKS = "/v1/social/callbacks"


def sweep(minutes: int = 0) -> None:
    due_work.sweep(clock.now() + timedelta(minutes=minutes), lambda: 60.0)


def stored() -> str:
    return str(streams.items("social"))


def send(provider: str, kind: str, delivery: Delivery) -> HTTPResponse:
    path = f"{CALLBACKS}/{provider}/{kind}"
    return client_for(app).post(path, headers=delivery.headers, body=delivery.body.encode())


def sign(networks: SocialNetworks, provider: Any, kind: str, secret: str = "") -> Delivery:
    """Return what Meta posts for the one account of a provider."""
    with networks.meta.changing() as meta:
        (account,) = [each for each in meta.accounts.values() if each.platform == provider]
        subject = account.app_scoped_id
        return networks.webhooks.signed_request(meta, provider, kind, subject, secret)


@pytest.mark.parametrize("provider", ["google", "instagram"])
def test_tokens_of_a_provider_that_fails_are_revoked_later(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    connect(mara, provider)
    faults = networks.revocation_faults if provider == "google" else networks.meta_faults
    faults.put("revoke", ProviderFault(drop=True))
    (account,) = listed(mara)
    assert mara.delete(f"{HOME}/{account['id']}").status_code == 204
    assert listed(mara) == []
    assert "REVOCATION#" in stored()
    with pytest.raises(SweepIncomplete):
        sweep(minutes=2)
    faults.clear()
    sweep(minutes=8)
    assert "REVOCATION#" not in stored()
    assert_revoked(networks, provider)


def test_tokens_are_forgotten_after_a_day_of_failures(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    connect(mara, "google")
    networks.revocation_faults.put("revoke", ProviderFault(error="google-revocation.unavailable"))
    (account,) = listed(mara)
    mara.delete(f"{HOME}/{account['id']}")
    time_machine.move_to(clock.now() + timedelta(hours=25), tick=False)
    sweep()
    assert "REVOCATION#" not in stored()


def test_whoever_connects_again_keeps_the_new_grant(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "google")
    fault = ProviderFault(error="google-revocation.unavailable", count=1)
    networks.revocation_faults.put("revoke", fault)
    (account,) = listed(mara)
    mara.delete(f"{HOME}/{account['id']}")
    assert connect(mara, "google").status_code == 200
    sweep(minutes=2)
    with networks.google.reading() as google:
        assert not any(token.is_revoked for token in google.refresh_tokens.values())


def test_one_page_of_two_is_disconnected_without_the_other(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "facebook")
    (first,) = listed(mara)
    stored_account = accounts_store.find_account(MARA, first["id"])
    assert stored_account is not None
    other = msgspec.structs.replace(stored_account, id="sac_other", subject="other", version=1)
    accounts_store.save(other, also=[accounts_store.link(other)])
    assert mara.delete(f"{HOME}/{first['id']}").status_code == 204
    assert "TOKENS#" not in stored()
    with networks.meta.reading() as meta:  # the grant of both is not given back
        assert any(token.kind == "page" and token.ended is None for token in meta.tokens.values())


def test_nobody_disconnects_what_is_not_theirs(
    networks: SocialNetworks, mara: ApiClient, noor: ApiClient
) -> None:
    connect(mara, "google")
    (account,) = listed(mara)
    assert noor.delete(f"{HOME}/{account['id']}").status_code == 404
    assert listed(mara) == [account]


@pytest.mark.parametrize("provider", ["facebook", "instagram"])
def test_whoever_removes_the_app_at_meta_is_disconnected(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    connect(mara, provider)
    delivery = sign(networks, provider, "deauthorize")
    answer = send(provider, "deauthorize", delivery)
    assert answer.status_code == 200
    page = client_for(app).get(urlsplit(answer.json_body["url"]).path)
    assert "Your account was disconnected" in page.body.decode()
    assert send(provider, "deauthorize", delivery).status_code == 200
    assert listed(mara) == []
    assert "TOKENS#" not in stored()
    types = [event.type for event in published("social")]
    assert types.count("social_account.disconnected") == 1


@pytest.mark.parametrize("provider", ["facebook", "instagram"])
def test_whoever_asks_meta_to_delete_their_data_gets_a_code_and_a_page(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    connect(mara, provider)
    (account,) = listed(mara)
    answer = send(provider, "data-deletion", sign(networks, provider, "data_deletion"))
    assert answer.status_code == 200
    assert set(answer.json_body) == {"url", "confirmation_code"}
    code = answer.json_body["confirmation_code"]
    assert code.isalnum()
    path = urlsplit(answer.json_body["url"]).path
    page = client_for(app).get(path)
    assert page.status_code == 200
    assert code in page.body.decode()
    assert "keys to it were deleted" in page.body.decode()
    assert accounts_store.list_accounts(MARA) == []
    items = [item for item in streams.items("social") if "OUTBOX#" not in str(item)]
    assert account["id"] not in str(items)
    again = send(provider, "data-deletion", sign(networks, provider, "data_deletion"))
    assert again.json_body["confirmation_code"] != code
    text = client_for(app).get(urlsplit(again.json_body["url"]).path).body.decode()
    assert "We had no data of yours" in text
    assert client_for(app).get("/v1/social/deletions/guessed").status_code == 404


@pytest.mark.parametrize("provider", ["facebook", "instagram"])
def test_data_of_an_account_that_was_disconnected_before_is_deleted(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    connect(mara, provider)
    deauthorized = sign(networks, provider, "deauthorize")
    asked = sign(networks, provider, "data_deletion")
    assert send(provider, "deauthorize", deauthorized).status_code == 200
    answer = send(provider, "data-deletion", asked)
    page = client_for(app).get(urlsplit(answer.json_body["url"]).path).body.decode()
    assert "Your data was deleted" in page
    assert accounts_store.list_accounts(MARA) == []
    assert "LOGIN#" not in stored()


def test_the_data_of_an_account_includes_its_guests(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "instagram")
    (account,) = listed(mara)
    guest = Guest(
        id="gst_1",
        account_id=account["id"],
        artist_id=MARA,
        provider_user_id="990001",
        name="Gil Guest",
        version=1,
    )
    conversations.save_guest(guest, NOW)
    send("instagram", "data-deletion", sign(networks, "instagram", "data_deletion"))
    assert "Gil Guest" not in stored()


def test_an_erasure_leaves_an_account_that_is_another_artists_by_now(
    networks: SocialNetworks, mara: ApiClient, noor: ApiClient
) -> None:
    connect(mara, "instagram")
    (account,) = listed(mara)
    mara.delete(f"{HOME}/{account['id']}")
    connect(noor, "instagram")
    deliver("user.deleted", userId=MARA)
    found = accounts_store.find_account(MARA, account["id"])
    assert found is None
    (kept,) = accounts_store.list_accounts(NOOR)
    assert accounts_store.find_by_subject(kept.provider, kept.subject) == kept


@pytest.mark.parametrize("kind", ["deauthorize", "data-deletion"])
def test_what_meta_did_not_sign_is_refused(
    networks: SocialNetworks, mara: ApiClient, kind: str
) -> None:
    connect(mara, "instagram")
    forged = sign(networks, "instagram", kind, secret="another")
    assert send("instagram", kind, forged).status_code == 403
    right = sign(networks, "instagram", kind)
    assert send("facebook", kind, right).status_code == 403  # which has another secret
    assert send("google", kind, right).status_code == 404
    changed = msgspec.structs.replace(right, body=right.body[:-3])
    bodies = [changed.body, "", "signed_request=", "signed_request=.", "signed_request=%FF.%FF"]
    for body in bodies:
        delivery = msgspec.structs.replace(right, body=body)
        assert send("instagram", kind, delivery).status_code == 403
    assert len(listed(mara)) == 1


def test_nothing_is_verified_with_an_empty_secret(aws: None) -> None:
    signed = urlencode({"signed_request": "x.y"})
    answer = client_for(app).post(f"{CALLBACKS}/facebook/deauthorize", body=signed.encode())
    assert answer.status_code == 403


def test_an_erased_artist_is_forgotten_here_and_there(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "google")
    connect(mara, "facebook")
    deliver("user.deleted", userId=MARA)
    items = [item for item in streams.items("social") if "OUTBOX#" not in str(item)]
    assert "mara" not in json.dumps(items, default=str).lower()
    assert MARA not in str(items)
    assert_revoked(networks, "google")
    assert_revoked(networks, "facebook")
    deliver("user.deleted", userId=MARA)


def test_a_write_that_comes_after_the_erasure_stores_nothing(aws: None) -> None:
    tombstones.mark_deleted(MARA, NOW)
    calendar = SocialCalendar(
        id="scl_1",
        account_id="sac_1",
        artist_id=MARA,
        provider=ProviderId.GOOGLE,
        key="primary",
        name="Mara",
    )
    booking = Booking(
        appointment_id="apt_1",
        artist_id=MARA,
        client_id=None,
        service_name="Fineline",
        starts_at=NOW,
        ends_at=NOW,
        time_zone="UTC",
        is_on=True,
        record_version=1,
        version=1,
    )
    with pytest.raises(WriteConflict):
        calendars.save(calendar, None)
    with pytest.raises(WriteConflict):
        bookings.save_booking(booking, None)
    with pytest.raises(WriteConflict):
        bookings.save_settings(MARA, WritingSettings(version=1), [])
    assert "USER#" not in stored()


def test_an_erasure_does_not_wait_for_a_provider(networks: SocialNetworks, mara: ApiClient) -> None:
    connect(mara, "google")
    fault = ProviderFault(error="google-revocation.unavailable", count=1)
    networks.revocation_faults.put("revoke", fault)
    deliver("user.deleted", userId=MARA)
    assert "USER#" not in stored()
    assert "REVOCATION#" in stored()
    due_work.sweep(NOW + timedelta(minutes=2), lambda: 60.0)
    assert "REVOCATION#" not in stored()
    assert_revoked(networks, "google")

"""Refreshing of tokens: ahead of their expiry, once, whoever finds them due."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from shared.data.conflicts import WriteConflict
from shared.platform import clock
from social.models import SocialAccount, Tokens
from social.providers.registry import PROVIDERS
from social.rules.errors import NeedsReconnect, ProviderUnavailable
from social.rules.health import HealthState
from social.store import accounts as accounts_store
from social.store import tokens as tokens_store
from social.use_cases import due_work, vault
from social.use_cases.vault import RefreshUnderWay
from tests.functional.social.conftest import MARA
from tests.functional.social.test_connecting import HOME, connect
from tests.support.gateway import ApiClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def sweep() -> None:
    due_work.sweep(clock.now(), lambda: 60.0)


def account_of(artist: ApiClient, provider: str) -> SocialAccount:
    assert connect(artist, provider).status_code == 200
    (account,) = accounts_store.list_accounts(MARA)
    return account


def health(artist: ApiClient) -> dict[str, Any]:
    (account,) = artist.get(HOME).json_body["items"]
    found: dict[str, Any] = account["health"]
    return found


def expiry(account: SocialAccount) -> datetime | None:
    sealed = tokens_store.find_sealed(account.artist_id, account.id)
    assert sealed is not None
    return sealed.state.expires_at


@pytest.mark.parametrize(
    ("provider", "early", "due"),
    [("google", HOUR - timedelta(minutes=11), HOUR - timedelta(minutes=9)),
     ("instagram", 49 * DAY, 51 * DAY)],
)  # fmt: skip
def test_the_sweeper_refreshes_ahead_of_the_expiry(
    networks: SocialNetworks,
    mara: ApiClient,
    time_machine: TimeMachineFixture,
    *,
    provider: str,
    early: timedelta,
    due: timedelta,
) -> None:
    account = account_of(mara, provider)
    token = vault.token(account, clock.now())
    start = clock.now()
    time_machine.move_to(start + early, tick=False)
    sweep()
    assert vault.token(account, clock.now()) == token
    time_machine.move_to(start + due, tick=False)
    sweep()
    assert vault.token(account, clock.now()) != token
    assert expiry(account) is not None
    assert expiry(account) > start + due + early / 2  # type: ignore[operator]
    assert health(mara)["state"] == "ok"
    sweep()  # nothing is due any more


def test_a_page_of_facebook_is_never_refreshed(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "facebook")
    token = vault.token(account, clock.now())
    time_machine.move_to(clock.now() + 80 * DAY, tick=False)
    sweep()
    assert vault.token(account, clock.now()) == token


def test_two_sweepers_refresh_once(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "google")
    time_machine.move_to(clock.now() + HOUR - timedelta(minutes=5), tick=False)
    networks.google_faults.calls.clear()
    with ThreadPoolExecutor(2) as pool:
        for sweeping in [pool.submit(sweep) for _ in range(2)]:
            sweeping.result()
    assert networks.google_faults.calls.count("token") == 1
    sealed = tokens_store.find_sealed(MARA, account.id)
    assert sealed is not None
    assert sealed.state.version == 2
    assert sealed.lease_until is None


def test_whoever_comes_while_another_refreshes_neither_refreshes_nor_waits(
    networks: SocialNetworks,
    mara: ApiClient,
    time_machine: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = account_of(mara, "google")
    former = vault.token(account, clock.now())
    start = clock.now()
    due_at = start + HOUR - timedelta(minutes=5)
    calls: list[Tokens] = []

    def refresh(tokens: Tokens, now: datetime) -> Tokens:
        calls.append(tokens)
        (due,) = tokens_store.list_due(due_at, 10)
        # While it lives, the former token is used; after that, whoever needs one comes back.
        assert vault.refresh(account, due_at).access_token == former
        with pytest.raises(RefreshUnderWay):
            vault.get(account, due_at + 6 * timedelta(minutes=1))
        with pytest.raises(WriteConflict):
            vault.refresh_due(due, due_at + 6 * timedelta(minutes=1))
        return msgspec.structs.replace(tokens, access_token="fresh", expires_at=now + HOUR)

    monkeypatch.setattr(PROVIDERS[account.provider], "refresh", refresh)
    monkeypatch.setattr(vault, "LEASE", timedelta(minutes=10))
    time_machine.move_to(due_at, tick=False)
    sweep()
    assert len(calls) == 1
    assert vault.token(account, due_at) == "fresh"


def test_a_sweeper_that_died_is_replaced_when_its_lease_ends(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "google")
    token = vault.token(account, clock.now())
    time_machine.move_to(clock.now() + HOUR - timedelta(minutes=5), tick=False)
    sealed = tokens_store.find_sealed(MARA, account.id)
    assert sealed is not None
    tokens_store.lease(sealed.state, clock.now(), clock.now() + vault.LEASE)
    sweep()
    assert vault.token(account, clock.now()) == token
    time_machine.move_to(clock.now() + vault.LEASE + timedelta(seconds=1), tick=False)
    sweep()
    assert vault.token(account, clock.now()) != token


def test_a_token_that_is_missed_by_the_sweeper_is_refreshed_when_it_is_needed(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "google")
    time_machine.move_to(clock.now() + 3 * HOUR, tick=False)
    token = vault.token(account, clock.now())
    with networks.google.reading() as google:
        assert google.access_tokens[token].until > clock.now().timestamp()


def test_a_revoked_grant_needs_the_artist(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "google")
    with networks.google.changing() as google:
        for token in google.refresh_tokens.values():
            token.is_revoked = True
    time_machine.move_to(clock.now() + HOUR, tick=False)
    sweep()
    found = health(mara)
    assert (found["state"], found["action"]) == (HealthState.NEEDS_RECONNECT, "reconnect")
    assert datetime.fromisoformat(found["since"]) == clock.now().replace(tzinfo=UTC)
    with pytest.raises(NeedsReconnect):
        vault.token(account, clock.now())
    networks.google_faults.calls.clear()
    sweep()  # the provider is not asked again
    assert networks.google_faults.calls == []
    assert connect(mara, "google").status_code == 200
    assert health(mara)["state"] == "ok"


def test_a_provider_that_fails_is_asked_again_later(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account = account_of(mara, "google")
    token = vault.token(account, clock.now())
    time_machine.move_to(clock.now() + HOUR - timedelta(minutes=9), tick=False)
    networks.google_faults.put("token", ProviderFault(error="google.token_unavailable"))
    for _ in range(3):
        sweep()
        time_machine.shift(timedelta(minutes=6))
    assert health(mara)["state"] == "failing"
    with pytest.raises(ProviderUnavailable):
        vault.token(account, clock.now())
    networks.google_faults.clear()
    assert vault.token(account, clock.now()) != token
    found = health(mara)
    assert found["state"] == "ok"
    assert datetime.fromisoformat(found["since"]) == clock.now()


def test_a_wrong_secret_of_ours_costs_nobody_their_connection(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account_of(mara, "google")
    time_machine.move_to(clock.now() + HOUR - timedelta(minutes=9), tick=False)
    networks.google_faults.put("token", ProviderFault(error="google.invalid_client", count=1))
    sweep()
    assert health(mara)["state"] == "ok"
    time_machine.shift(timedelta(minutes=6))
    sweep()
    assert health(mara)["state"] == "ok"


def test_an_instagram_token_that_cannot_be_refreshed_expires_in_sight(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    account_of(mara, "instagram")
    start = clock.now()
    networks.meta_faults.put("refresh", ProviderFault(error="meta.business_rate_limit"))
    time_machine.move_to(start + 51 * DAY, tick=False)
    sweep()
    assert health(mara)["state"] == "limited"
    assert datetime.fromisoformat(health(mara)["until"]) == clock.now() + timedelta(minutes=5)
    time_machine.move_to(start + 55 * DAY, tick=False)
    found = health(mara)
    assert (found["state"], found["action"]) == ("expiring", "reconnect")
    assert datetime.fromisoformat(found["until"]) <= start + 60 * DAY
    time_machine.move_to(start + 61 * DAY, tick=False)
    assert health(mara)["state"] == "needs_reconnect"

"""Connecting CalDAV servers by an app password."""

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import HTTPResponse

from infra.local.standins.caldav import PASSWORD, USER, Fault
from shared.platform import config
from social.store import accounts as accounts_store
from social.use_cases import vault
from tests.functional.social.conftest import MARA
from tests.support import fake_aws, streams
from tests.support.caldav import RunningCalDav, running_caldav
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

HOME = "/v1/social/accounts"
ROUTE = f"{HOME}/caldav/connect"


@pytest.fixture
def server(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCalDav]:
    monkeypatch.setenv("QUEUE_URL_SOCIAL_WORK", fake_aws.create_queue("social-work"))
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    config.forget()
    with running_caldav() as running:
        yield running
    config.forget()


def connect(api: ApiClient, server: RunningCalDav, **fields: Any) -> HTTPResponse:
    body = {"url": server.url, "username": USER, "password": PASSWORD, **fields}
    return api.post(ROUTE, json=body)


def test_an_artist_connects_reads_and_disconnects_a_server(
    mara: ApiClient, server: RunningCalDav
) -> None:
    answer = connect(mara, server)
    assert answer.status_code == 201, answer.body
    shown = answer.json_body
    assert (shown["provider"], shown["displayName"]) == ("caldav", "Mara (127.0.0.1)")
    assert (shown["capabilities"], shown["missingCapabilities"]) == (["calendar"], [])
    assert shown["health"]["state"] == "ok"
    assert mara.get(HOME).json_body["items"] == [shown]
    calendars = f"{HOME}/{shown['id']}/calendars"
    listed = mara.get(calendars).json_body["items"]
    assert {each["name"] for each in listed} == {"Work", "Private & family", "Holidays"}
    assert mara.delete(f"{HOME}/{shown['id']}").status_code == 204
    assert mara.get(HOME).json_body["items"] == []


def test_the_password_is_only_in_the_vault(
    mara: ApiClient, server: RunningCalDav, logs: Logs
) -> None:
    shown = connect(mara, server).json_body
    assert PASSWORD not in str(shown)
    assert PASSWORD not in str(streams.items("social"))
    assert PASSWORD not in str(logs.lines)
    (account,) = accounts_store.list_accounts(MARA)
    assert PASSWORD in vault.token(account, account.connected_at)


def test_the_same_user_is_connected_again_with_the_new_password(
    mara: ApiClient, noor: ApiClient, server: RunningCalDav
) -> None:
    first = connect(mara, server).json_body
    mara.delete(f"{HOME}/{first['id']}")
    assert connect(mara, server).json_body["id"] == first["id"]
    assert connect(mara, server).json_body["id"] == first["id"]
    assert refused(connect(noor, server)) == (409, "account_taken")


def test_what_is_wrong_is_named(mara: ApiClient, server: RunningCalDav) -> None:
    assert list(error_fields(connect(mara, server, password="x"))) == ["body.password"]
    for url in ("ftp://x.example", "https://a:b@x.example", "https://10.0.0.1", "no address"):
        assert list(error_fields(connect(mara, server, url=url))) == ["body.url"], url
    server.faults = [Fault(method="PROPFIND", status=404, count=9)]
    assert list(error_fields(connect(mara, server))) == ["body.url"]
    for fault in (Fault(status=500), Fault(status=429), Fault(drop="after", count=9)):
        server.faults = [fault]
        assert refused(connect(mara, server)) == (503, "provider_unavailable")
    assert list(error_fields(connect(mara, server, password="a\nb"))) == ["body.password"]
    assert list(error_fields(connect(mara, server, username="a:b"))) == ["body.username"]
    assert list(error_fields(connect(mara, server, home="x"))) == ["body.home"]


def test_a_password_that_was_ended_there_needs_a_new_one(
    mara: ApiClient, server: RunningCalDav
) -> None:
    shown = connect(mara, server).json_body
    server.faults = [Fault(status=401, count=9)]
    answer = mara.get(f"{HOME}/{shown['id']}/calendars")
    assert refused(answer) == (409, "needs_reconnect")
    server.faults = []
    connect(mara, server)
    assert mara.get(f"{HOME}/{shown['id']}/calendars").status_code == 200


def test_the_servers_of_a_private_network_are_not_called(
    mara: ApiClient, server: RunningCalDav, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "false")
    config.forget()
    assert list(error_fields(connect(mara, server))) == ["body.url"]
    https = server.url.replace("http:", "https:")
    assert list(error_fields(connect(mara, server, url=https))) == ["body.url"]
    assert server.requests == []


def test_no_page_is_opened_for_a_server(mara: ApiClient, server: RunningCalDav) -> None:
    assert mara.get(f"{HOME}/caldav/callback?state=x&code=y").status_code == 404

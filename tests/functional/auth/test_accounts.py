"""A user's own account, and accounts that operators create."""

from typing import Any

import pytest
from chalice.test import Client

from auth.app import app
from auth.schemas import ProvisionRequest
from auth.store import nobody
from shared.http.caller import Role
from tests.functional.auth.people import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    People,
    outbox,
    stored_items,
)

PROVISION_REQUEST = {"email": EMAIL, "password": PASSWORD, "name": "Root", "role": "admin"}


def provision(request: dict[str, str]) -> dict[str, str]:
    """Invoke the function as operators do."""
    user: dict[str, str] = Client(app).lambda_.invoke("provision_user", request).payload
    return user


class TestGettingTheAccount:
    def test_requires_an_access_token(self, people: People) -> None:
        assert people.client.get("/v1/auth/me").status_code == 401

    def test_a_forged_token_is_refused(self, people: People) -> None:
        header, claims, signature = people.sign_up()["accessToken"].split(".")
        forged = {"accessToken": f"{header}.{claims}.{signature[::-1]}"}
        assert people.signed_in(forged).get("/v1/auth/me").status_code == 401


class TestDeletingTheAccount:
    def test_requires_the_password(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        answer = client.delete("/v1/auth/me", json={"password": OTHER_PASSWORD})
        assert (answer.status_code, answer.json_body["code"]) == (403, "forbidden")
        assert outbox("user.deleted") == []
        assert people.login().status_code == 200

    def test_wrong_passwords_are_counted(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        answers = [
            client.delete("/v1/auth/me", json={"password": OTHER_PASSWORD}) for _ in range(15)
        ]
        assert [answer.status_code for answer in answers] == [403] * 5 + [429] * 10
        assert answers[-1].headers["Retry-After"] == "30"
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 429

    def test_only_the_events_and_the_audit_log_remain(self, people: People) -> None:
        tokens = people.sign_up()
        people.login()
        other = people.sign_up("noah@example.com")
        client = people.signed_in(tokens)
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
        (event,) = outbox("user.deleted")
        assert event.data == {"userId": tokens["user"]["id"]}
        assert people.login().status_code == 401
        assert people.refresh(tokens["refreshToken"]).status_code == 401
        assert client.get("/v1/auth/me").status_code == 401
        assert len(outbox("session.ended")) == 2
        # Events, counters of wrong passwords, and what waits for a code: all expire.
        passing = ("OUTBOX#", "ADDRESS#", "UNKNOWN#", "ATTEMPT#")
        remaining = {item["pk"]["S"] for item in stored_items("")}
        assert {pk for pk in remaining if not pk.startswith(passing)} == {
            f"USER#{other['user']['id']}",
            "EMAIL#noah@example.com",
            "ENDED_SESSIONS",  # ids of sessions, for as long as their access tokens live
            "TOKEN-KEYS",
            f"AUDIT#{tokens['user']['id']}",
            f"AUDIT#{other['user']['id']}",
            # Counts sign-ins to unknown addresses, so that they cost the same.
            f"AUDIT#{nobody(EMAIL)}",
        }

    def test_deleting_twice_publishes_one_event(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        client.delete("/v1/auth/me", json={"password": PASSWORD})
        answer = client.delete("/v1/auth/me", json={"password": PASSWORD})
        assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
        assert len(outbox("user.deleted")) == 1

    def test_the_address_can_be_used_again(self, people: People) -> None:
        first = people.sign_up()
        people.signed_in(first).delete("/v1/auth/me", json={"password": PASSWORD})
        second = people.sign_up(password=OTHER_PASSWORD)
        assert second["user"]["id"] != first["user"]["id"]


class TestProvisioning:
    def test_creates_a_verified_account_of_any_role(self, people: People) -> None:
        user = provision(PROVISION_REQUEST)
        assert user["role"] == "admin"
        tokens = people.login().json_body
        assert tokens["user"] == user
        assert people.signed_in(tokens).get("/v1/auth/me").status_code == 200

    def test_the_same_request_again_returns_the_same_account(self, people: People) -> None:
        assert provision(PROVISION_REQUEST) == provision(PROVISION_REQUEST)
        assert len(stored_items("PROFILE")) == 1
        assert sorted(event.type for event in outbox()) == ["user.registered", "user.verified"]

    def test_an_existing_account_is_not_overwritten(self, people: People) -> None:
        owner = people.sign_up()["user"]
        assert provision(PROVISION_REQUEST | {"password": OTHER_PASSWORD}) == owner
        assert people.login(password=OTHER_PASSWORD).status_code == 401

    @pytest.mark.parametrize("wrong", [{"role": "root"}, {"email": "x"}, {"superuser": True}])
    def test_an_invalid_request_is_refused(self, people: People, wrong: Any) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            provision(PROVISION_REQUEST | wrong)

    def test_it_is_not_a_route(self) -> None:
        bodies = {operation.body for operation in app.operations.values()}
        assert ProvisionRequest not in bodies
        assert Role.ADMIN in ProvisionRequest.__annotations__["role"]


def test_readiness_checks_the_table_and_the_keys(people: People, aws: None) -> None:
    answer = people.client.get("/v1/auth/health?ready=1")
    assert answer.json_body == {"status": "ok", "checks": {"dynamodb": "ok", "kms": "ok"}}

"""Accounts: seeing one's own, deleting it, and the operators' way to make one."""

from typing import Any

import pytest
from chalice.test import Client

from auth.app import app
from auth.schemas import ProvisionRequest
from shared.http.caller import Role
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, People, kept, outbox

OPERATOR_ORDER = {"email": EMAIL, "password": PASSWORD, "name": "Root", "role": "admin"}


def provision(order: dict[str, str]) -> dict[str, str]:
    """Invoke the function as an operator does."""
    user: dict[str, str] = Client(app).lambda_.invoke("provision_user", order).payload
    return user


class TestMe:
    def test_is_for_the_signed_in(self, people: People) -> None:
        assert people.client.get("/v1/auth/me").status_code == 401

    def test_a_forged_token_does_not_reach_it(self, people: People) -> None:
        header, claims, signature = people.sign_up()["accessToken"].split(".")
        forged = {"accessToken": f"{header}.{claims}.{signature[::-1]}"}
        assert people.signed_in(forged).get("/v1/auth/me").status_code == 401


class TestDeleting:
    def test_needs_the_password(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        answer = client.delete("/v1/auth/me", json={"password": OTHER_PASSWORD})
        assert (answer.status_code, answer.json_body["code"]) == (403, "forbidden")
        assert outbox("user.deleted") == []
        assert people.login().status_code == 200

    def test_leaves_nothing_but_the_events(self, people: People) -> None:
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
        left = [item for item in kept("") if not item["pk"]["S"].startswith("OUTBOX#")]
        assert {item["pk"]["S"] for item in left} == {
            f"USER#{other['user']['id']}",
            "EMAIL#noah@example.com",
        }

    def test_twice_tells_once(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        client.delete("/v1/auth/me", json={"password": PASSWORD})
        answer = client.delete("/v1/auth/me", json={"password": PASSWORD})
        assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")
        assert len(outbox("user.deleted")) == 1

    def test_frees_the_address(self, people: People) -> None:
        first = people.sign_up()
        people.signed_in(first).delete("/v1/auth/me", json={"password": PASSWORD})
        second = people.sign_up(password=OTHER_PASSWORD)
        assert second["user"]["id"] != first["user"]["id"]


class TestProvisioning:
    def test_makes_a_ready_account_of_any_role(self, people: People) -> None:
        user = provision(OPERATOR_ORDER)
        assert user["role"] == "admin"
        tokens = people.login().json_body
        assert tokens["user"] == user
        assert people.signed_in(tokens).get("/v1/auth/me").status_code == 200

    def test_twice_is_the_same_account(self, people: People) -> None:
        assert provision(OPERATOR_ORDER) == provision(OPERATOR_ORDER)
        assert len(kept("PROFILE")) == 1
        assert sorted(event.type for event in outbox()) == ["user.registered", "user.verified"]

    def test_does_not_overwrite_the_account_of_somebody_else(self, people: People) -> None:
        owner = people.sign_up()["user"]
        assert provision(OPERATOR_ORDER | {"password": OTHER_PASSWORD}) == owner
        assert people.login(password=OTHER_PASSWORD).status_code == 401

    @pytest.mark.parametrize("wrong", [{"role": "root"}, {"email": "x"}, {"superuser": True}])
    def test_refuses_a_wrong_order(self, people: People, wrong: Any) -> None:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            provision(OPERATOR_ORDER | wrong)

    def test_is_no_route(self) -> None:
        bodies = {operation.body for operation in app.operations.values()}
        assert ProvisionRequest not in bodies
        assert Role.ADMIN in ProvisionRequest.__annotations__["role"]


def test_readiness_asks_the_table_and_the_keys(people: People, aws: None) -> None:
    answer = people.client.get("/v1/auth/health?ready=1")
    assert answer.json_body == {"status": "ok", "checks": {"dynamodb": "ok", "kms": "ok"}}

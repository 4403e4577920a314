"""The name of an account follows its owner's profile."""

import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from chalice.test import Client

from auth.app import app
from shared.events.domain_events import DomainEvent
from tests.functional.auth.people import EMAIL, PASSWORD, People, kept
from tests.support import aws_calls

NOBODY = "usr_01JD0000000000000000000AAA"


def hear(user_id: str, version: int, name: str | None = None) -> None:
    """Let the event arrive as the queue hands it over."""
    event = DomainEvent(
        id=f"evt_{version}",
        source="/artist-booking/profiles",
        type="user.profile.updated",
        subject=user_id,
        time=datetime(2026, 11, 22, 12, tzinfo=UTC),
        data={
            "userId": user_id,
            "role": "artist",
            "name": name or f"Name {version}",
            "avatar": None,
            "handle": None,
            "recordVersion": version,
        },
    )
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": msgspec.json.encode(event).decode(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
    }
    assert app.handler_map["events_worker"]({"Records": [record]}, None) == {
        "batchItemFailures": []
    }


def name_at(people: People, tokens: dict[str, Any]) -> str:
    """What the owner is shown."""
    answer = people.signed_in(tokens).get("/v1/auth/me")
    assert answer.status_code == 200
    return str(answer.json_body["name"])


def copies(*user_ids: str) -> list[dict[str, Any]]:
    """Invoke the function as the comparison does."""
    answer = Client(app).lambda_.invoke("copies", {"userIds": list(user_ids)}).payload
    return sorted(answer["items"], key=lambda item: str(item["name"]))


class TestTheName:
    @pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
    def test_is_that_of_the_newest_profile_in_any_order(self, people: People, order: Any) -> None:
        tokens = people.sign_up()
        assert name_at(people, tokens) == "Mara"
        for version in [*order, *order]:
            hear(tokens["user"]["id"], version)
        assert name_at(people, tokens) == "Name 3"

    def test_is_repaired_by_the_same_version_again(self, people: People) -> None:
        tokens = people.sign_up()
        hear(tokens["user"]["id"], 2, "damaged")
        hear(tokens["user"]["id"], 1, "old")
        hear(tokens["user"]["id"], 2, "Mara Voss")
        assert name_at(people, tokens) == "Mara Voss"

    def test_is_the_one_shown_after_a_login_too(self, people: People) -> None:
        hear(people.sign_up()["user"]["id"], 2, "Mara Voss")
        assert people.login().json_body["user"]["name"] == "Mara Voss"

    def test_changes_nothing_else(self, people: People) -> None:
        tokens = people.sign_up()
        (before,) = kept("PROFILE")
        hear(tokens["user"]["id"], 2, "Mara Voss")
        (after,) = kept("PROFILE")
        assert after == before | {"name": {"S": "Mara Voss"}, "name_version": {"N": "2"}}
        assert people.login().status_code == 200

    def test_before_there_is_an_account_makes_none(self, people: People) -> None:
        hear(NOBODY, 1)
        assert kept("") == []

    def test_does_not_revive_a_deleted_account(self, people: People) -> None:
        tokens = people.sign_up()
        people.signed_in(tokens).delete("/v1/auth/me", json={"password": PASSWORD})
        hear(tokens["user"]["id"], 9)
        assert kept("PROFILE") == []
        assert people.login(EMAIL).status_code == 401

    def test_costs_one_write_whether_it_is_news_or_not(self, people: People) -> None:
        user_id = people.sign_up()["user"]["id"]
        for version in (2, 2, 1):
            with aws_calls.counted() as calls:
                hear(user_id, version)
            assert calls == {"dynamodb:UpdateItem": 1}

    def test_comes_again_where_the_table_does_not_answer(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user_id = people.sign_up()["user"]["id"]
        monkeypatch.setenv("QUEUE_URL_AUTH_EVENTS", "https://sqs.us-east-1.amazonaws.com/1/none")
        with (
            aws_calls.failing("UpdateItem", ConnectionError("away")),
            pytest.raises(AssertionError, match="batchItemFailures"),
        ):
            hear(user_id, 2)


class TestCopies:
    def test_show_what_is_kept_of_users(self, people: People) -> None:
        mara = people.sign_up()["user"]["id"]
        noah = people.sign_up("noah@example.com")["user"]["id"]
        hear(noah, 7, "Noah")
        assert copies(mara, noah, NOBODY, noah) == [
            {"userId": mara, "name": "Mara", "recordVersion": 0},
            {"userId": noah, "name": "Noah", "recordVersion": 7},
        ]

    def test_of_a_hundred_are_one_read(self, people: People) -> None:
        with aws_calls.counted() as calls:
            assert copies(*(f"usr_{number}" for number in range(100))) == []
        assert calls == {"dynamodb:BatchGetItem": 1}
        assert copies() == []

    @pytest.mark.parametrize(
        "order", [{}, {"userIds": ["x"] * 101}, {"userIds": [1]}, {"next": None, "limit": 100}]
    )
    def test_refuse_a_wrong_order(self, people: People, order: Any) -> None:
        with pytest.raises(ValueError, match=r"userIds|next"):
            Client(app).lambda_.invoke("copies", order)

    def test_are_no_route(self) -> None:
        assert not [path for _, path in app.operations if "copies" in path]

"""The copy of a user's name follows the user's profile."""

import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from chalice.test import Client

from auth.app import app
from shared.events.domain_events import DomainEvent
from tests.functional.auth.people import EMAIL, PASSWORD, People, stored_items
from tests.support import aws_calls

NOBODY = "usr_01JD0000000000000000000AAA"


def consume_profile_updated(user_id: str, version: int, name: str | None = None) -> None:
    """Consume the event as the queue delivers it."""
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


def shown_name(people: People, tokens: dict[str, Any]) -> str:
    """Return the name that the owner sees."""
    answer = people.signed_in(tokens).get("/v1/auth/me")
    assert answer.status_code == 200
    return str(answer.json_body["name"])


def copies(*user_ids: str) -> list[dict[str, Any]]:
    """Invoke the function as `infra.operate.rebuild` does."""
    answer = Client(app).lambda_.invoke("copies", {"userIds": list(user_ids)}).payload
    return sorted(answer["items"], key=lambda item: str(item["name"]))


class TestTheCopiedName:
    @pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
    def test_is_that_of_the_newest_version_in_any_order(self, people: People, order: Any) -> None:
        tokens = people.sign_up()
        assert shown_name(people, tokens) == "Mara"
        for version in [*order, *order]:
            consume_profile_updated(tokens["user"]["id"], version)
        assert shown_name(people, tokens) == "Name 3"

    def test_is_repaired_by_the_same_version_again(self, people: People) -> None:
        tokens = people.sign_up()
        consume_profile_updated(tokens["user"]["id"], 2, "damaged")
        consume_profile_updated(tokens["user"]["id"], 1, "old")
        consume_profile_updated(tokens["user"]["id"], 2, "Mara Voss")
        assert shown_name(people, tokens) == "Mara Voss"

    def test_is_shown_after_signing_in(self, people: People) -> None:
        consume_profile_updated(people.sign_up()["user"]["id"], 2, "Mara Voss")
        assert people.login().json_body["user"]["name"] == "Mara Voss"

    def test_the_event_changes_nothing_else(self, people: People) -> None:
        tokens = people.sign_up()
        (before,) = stored_items("PROFILE")
        consume_profile_updated(tokens["user"]["id"], 2, "Mara Voss")
        (after,) = stored_items("PROFILE")
        assert after == before | {
            "name": {"S": "Mara Voss"},
            "name_version": {"N": "2"},
            "listed_as": {"S": f"mara voss#{tokens['user']['id']}"},
        }
        assert people.login().status_code == 200

    def test_the_event_does_not_create_an_account(self, people: People) -> None:
        consume_profile_updated(NOBODY, 1)
        assert stored_items("") == []

    def test_the_event_does_not_recreate_a_deleted_account(self, people: People) -> None:
        tokens = people.sign_up()
        people.signed_in(tokens).delete("/v1/auth/me", json={"password": PASSWORD})
        consume_profile_updated(tokens["user"]["id"], 9)
        assert stored_items("PROFILE") == []
        assert people.login(EMAIL).status_code == 401

    def test_the_event_costs_one_write_even_when_it_is_stale(self, people: People) -> None:
        user_id = people.sign_up()["user"]["id"]
        for version in (2, 2, 1):
            with aws_calls.counted() as calls:
                consume_profile_updated(user_id, version)
            assert calls == {"dynamodb:UpdateItem": 1}

    def test_the_event_is_retried_when_the_table_does_not_answer(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user_id = people.sign_up()["user"]["id"]
        monkeypatch.setenv("QUEUE_URL_AUTH_EVENTS", "https://sqs.us-east-1.amazonaws.com/1/none")
        with (
            aws_calls.failing("UpdateItem", ConnectionError("away")),
            pytest.raises(AssertionError, match="batchItemFailures"),
        ):
            consume_profile_updated(user_id, 2)


class TestListingCopies:
    def test_lists_the_stored_names(self, people: People) -> None:
        mara = people.sign_up()["user"]["id"]
        noah = people.sign_up("noah@example.com")["user"]["id"]
        consume_profile_updated(noah, 7, "Noah")
        assert copies(mara, noah, NOBODY, noah) == [
            {"userId": mara, "name": "Mara", "recordVersion": 0},
            {"userId": noah, "name": "Noah", "recordVersion": 7},
        ]

    def test_a_hundred_users_are_one_read(self, people: People) -> None:
        with aws_calls.counted() as calls:
            assert copies(*(f"usr_{number}" for number in range(100))) == []
        assert calls == {"dynamodb:BatchGetItem": 1}
        assert copies() == []

    @pytest.mark.parametrize(
        "query", [{}, {"userIds": ["x"] * 101}, {"userIds": [1]}, {"next": None, "limit": 100}]
    )
    def test_an_invalid_request_is_refused(self, people: People, query: Any) -> None:
        with pytest.raises(ValueError, match=r"userIds|next"):
            Client(app).lambda_.invoke("copies", query)

    def test_it_is_not_a_route(self) -> None:
        assert not [path for _, path in app.operations if "copies" in path]

"""Old paths of features: the monolith's, compared in its shadow, or ours in translation."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from time_machine import TimeMachineFixture

from appointments import app as appointments
from auth.use_cases import access_tokens
from gateway.app import compare, migrate
from gateway.models import Pair
from gateway.rules.old_api import FEATURES
from gateway.store import switches as switch_store
from gateway.store import writes
from gateway.store.table import MODES, SWITCHES, RecordItem
from gateway.use_cases import returns, switches
from infra.operate import migration
from notifications.app import app as notifications
from shared.data.conflicts import WriteConflict
from shared.platform import clock as clocks
from shared.platform import config
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People
from tests.functional.gateway.conftest import Functions
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient
from tests.support.monolith import Monolith, running_monolith

START = "2026-03-10T09:00:00Z"
LATER = "2026-03-10T10:00:00.000Z"


@pytest.fixture
def clock_starts_at() -> datetime:
    return MONDAY


class Migrating:
    """An old client, the operator of a migration, and both sides."""

    def __init__(self, client: ApiClient, functions: Functions, monolith: Monolith) -> None:
        self.functions = functions
        self.monolith = monolith
        self.records = monolith.records
        self.anonymous = client
        self.client = self._signed_in(CLIENT, "client")
        self.artist = self._signed_in(ARTIST, "artist")

    def _signed_in(self, user_id: str, role: str) -> ApiClient:
        token = access_tokens.issue(user_id, "a@example.com", role, "ses_1", clocks.now())
        return self.anonymous.with_token(token)

    def ask(self, action: str, feature: str = "appointments", **fields: str) -> Any:
        """Ask the operator's function."""
        answer = migrate({"action": action, "feature": feature, **fields}, None)
        assert answer["problem"] is None, answer
        return answer["lines"]

    def switch(self, mode: str, feature: str = "appointments") -> Any:
        """Set a mode, and let this container see it at once."""
        lines = self.ask("switch", feature, mode=mode, reason="tests")
        switches.cache.forget()
        return lines

    def book(self, service_id: str, start: str = START, notes: str = "rose", **headers: str) -> Any:
        """Book as an old client does."""
        body = {"artistId": ARTIST, "serviceId": service_id, "startTime": start, "notes": notes}
        return self.client.post("/appointments", json=body, headers=headers)

    def ours(self, people: People) -> list[Any]:
        """Return the client's appointments of ours."""
        items: list[Any] = people.client.get("/v1/appointments").json_body["items"]
        return items

    def compare_all(self) -> None:
        """Run what was handed over."""
        for name, event in self.functions.later:
            assert name == "gateway-compare"
            compare(event, None)
        self.functions.later.clear()

    def lose_answers(self) -> None:
        """Let the monolith carry out requests and hang up."""
        self.monolith.breaks_off = True


@pytest.fixture
def migrating(
    client: ApiClient,
    functions: Functions,
    clock: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Migrating]:
    """Old clients before a gateway whose features run in this process."""
    functions.answers["appointments-api"] = lambda event: appointments.app(event, None)
    functions.answers["notifications-api"] = lambda event: notifications(event, None)
    with running_monolith() as monolith:
        monkeypatch.setenv("MONOLITH_URL", monolith.url)
        config.forget()
        yield Migrating(client, functions, monolith)


@pytest.fixture
def service_id(people: People) -> str:
    """Return a service that can be booked."""
    return people.open_studio()


class TestSwitches:
    def test_nothing_is_switched_at_first(self, migrating: Migrating) -> None:
        assert migrating.ask("list") == ["appointments    monolith", "notifications   monolith"]
        answer = migrating.client.post("/notifications/send", json={"message": "Hello"})
        assert (answer.status_code, answer.json_body) == (200, {"success": True})
        assert migrating.records.sent == [(CLIENT, "Hello")]

    def test_a_switch_works_within_fifteen_seconds(
        self, migrating: Migrating, clock: TimeMachineFixture
    ) -> None:
        assert migrating.client.get("/appointments").json_body == []
        migrating.ask("switch", mode="new", reason="tests")
        migrating.client.get("/appointments")
        assert "appointments-api" not in migrating.functions.invocations
        clock.shift(timedelta(seconds=15))
        migrating.client.get("/appointments")
        assert "appointments-api" in migrating.functions.invocations
        assert len(migrating.monolith.requests) == 2

    def test_a_change_is_logged(self, migrating: Migrating, logs: Logs) -> None:
        migrating.ask("switch", mode="shadow", reason="Monday", by="arn:aws:iam::1:user/ada")
        (line,) = [line for line in logs.lines if line["message"] == "switch changed"]
        assert (line["feature"], line["before"], line["after"]) == (
            "appointments",
            "monolith",
            "shadow",
        )
        assert (line["reason"], line["by"]) == ("Monday", "arn:aws:iam::1:user/ada")

    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"feature": "files", "mode": "new"}, "files is none of appointments, notifications"),
            ({"feature": "appointments", "mode": "on"}, "on is none of monolith, shadow, new"),
        ],
    )
    def test_what_cannot_be_switched_is_said(
        self, migrating: Migrating, fields: dict[str, str], problem: str
    ) -> None:
        assert migrate({"action": "switch", **fields}, None)["problem"] == problem

    def test_nothing_is_switched_back_to_no_monolith(
        self, migrating: Migrating, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MONOLITH_URL", "")
        config.forget()
        asked = {"action": "switch", "feature": "appointments", "mode": "monolith"}
        assert "there is no monolith" in migrate(asked, None)["problem"]

    @pytest.mark.parametrize("stored", ["{", '{"modes": 1}', '{"modes": {"appointments": "off"}}'])
    def test_a_broken_value_keeps_the_last_one_and_is_no_mode_at_first(
        self, migrating: Migrating, clock: TimeMachineFixture, stored: str
    ) -> None:
        migrating.switch("new")
        migrating.client.get("/appointments")
        RecordItem(SWITCHES, MODES, record=stored, version=1).save()
        clock.shift(timedelta(seconds=15))
        assert migrating.client.get("/appointments").status_code == 200
        assert migrating.monolith.requests == []
        switches.cache.forget()  # a container that starts
        answer = migrating.client.get("/appointments")
        assert (answer.status_code, answer.json_body["code"]) == (503, "switch_unreadable")
        assert migrating.monolith.requests == []

    def test_a_missing_value_keeps_the_last_one(
        self, migrating: Migrating, clock: TimeMachineFixture
    ) -> None:
        migrating.switch("new")
        migrating.client.get("/appointments")
        RecordItem(SWITCHES, MODES).delete()
        clock.shift(timedelta(seconds=15))
        assert migrating.client.get("/appointments").status_code == 200
        assert migrating.monolith.requests == []

    def test_an_outage_keeps_the_last_one_and_is_a_503_at_first(
        self, migrating: Migrating, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrating.switch("new")
        migrating.client.get("/appointments")

        def fail() -> None:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

        monkeypatch.setattr(switch_store, "read", fail)
        clock.shift(timedelta(seconds=15))
        assert migrating.client.get("/appointments").status_code == 200
        switches.cache.forget()
        assert migrating.client.get("/appointments").status_code == 503
        assert migrating.monolith.requests == []

    def test_a_repaired_value_is_the_next_version(self, migrating: Migrating) -> None:
        RecordItem(SWITCHES, MODES, record="{", version=3).save()
        assert migrating.ask("list")[0] == "appointments    unreadable"
        migrating.switch("shadow")
        assert migrating.ask("list")[0] == "appointments    shadow"

    def test_what_is_no_mode_stays_so_when_another_feature_is_switched(
        self, migrating: Migrating
    ) -> None:
        """Else its requests would go to the monolith, whoever has served them so far."""
        broken = '{"modes": {"appointments": "nwe"}}'
        RecordItem(SWITCHES, MODES, record=broken, version=1).save()
        migrating.switch("shadow", "notifications")
        assert migrating.ask("list") == ["appointments    nwe", "notifications   shadow"]
        assert migrating.client.get("/appointments").status_code == 503

    def test_a_change_of_somebody_else_is_not_undone(
        self, migrating: Migrating, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        others = ["notifications"]

        def interrupted(read: Callable[[], Any]) -> Callable[[], Any]:
            def read_before_another() -> Any:
                found = read()
                if others:
                    migrating.ask("switch", others.pop(), mode="shadow", reason="tests")
                return found

            return read_before_another

        for name in ("read", "find_version"):
            monkeypatch.setattr(switch_store, name, interrupted(getattr(switch_store, name)))
        with pytest.raises(WriteConflict):
            switches.change("appointments", "new", clocks.now(), has_monolith=True)
        assert migrating.ask("list") == ["appointments    monolith", "notifications   shadow"]

    def test_an_unknown_feature_or_mode_changes_nothing(self, migrating: Migrating) -> None:
        now = clocks.now()
        for feature, mode in (("billing", "new"), ("appointments", "old")):
            refused = switches.change(feature, mode, now, has_monolith=True)
            assert refused is not None
            assert "is none of" in refused
        without = switches.change("appointments", "shadow", now, has_monolith=False)
        assert without is not None
        assert without.startswith("there is no monolith")
        assert migrating.ask("list") == ["appointments    monolith", "notifications   monolith"]


class TestNew:
    def test_an_old_client_books_reads_moves_and_cancels(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        booked = migrating.book(service_id)
        assert booked.status_code == 201, booked.body
        made = booked.json_body
        assert made == {
            "id": made["id"],
            "artistId": ARTIST,
            "clientId": CLIENT,
            "serviceId": service_id,
            "serviceName": "Fine line tattoo",
            "startTime": START,
            "endTime": "2026-03-10T10:00:00Z",
            "status": "confirmed",
            "notes": "rose",
        }
        path = f"/appointments/{made['id']}"
        assert migrating.client.get(path).json_body == made
        assert migrating.client.get("/appointments").json_body == [made]
        moved = migrating.client.patch(path, json={"startTime": "2026-03-10T11:00:00Z"})
        assert (moved.status_code, moved.json_body["startTime"]) == (200, "2026-03-10T11:00:00Z")
        ended = migrating.client.post(f"{path}/cancel", json={"reason": "ill"})
        assert (ended.status_code, ended.json_body["status"]) == (200, "cancelled")
        assert migrating.monolith.requests == []

    @pytest.mark.parametrize(
        "path",
        [
            *("/Appointments", "/appointments/", "//appointments", "/api/appointments"),
            *("/appointments;v=1", "/%61ppointments", "/%2561ppointments", "/API//APPOINTMENTS/"),
        ],
    )
    def test_no_spelling_passes_the_switch(self, migrating: Migrating, path: str) -> None:
        migrating.switch("new")
        answer = migrating.client.get(path)
        assert (answer.status_code, answer.json_body) == (200, [])
        assert migrating.monolith.requests == []

    def test_what_only_begins_the_same_is_the_monoliths(self, migrating: Migrating) -> None:
        migrating.switch("new")
        assert migrating.client.get("/appointmentsx").status_code == 404
        assert len(migrating.monolith.requests) == 1

    def test_errors_have_the_old_form(self, migrating: Migrating, service_id: str) -> None:
        migrating.switch("new")
        assert migrating.book(service_id).status_code == 201
        taken = migrating.book(service_id, notes="lily")
        assert (taken.status_code, taken.json_body["code"]) == (409, "slot_taken")
        assert isinstance(taken.json_body["error"], str)
        wrong = migrating.client.post("/appointments", json={"startTime": "soon"})
        assert wrong.status_code == 422
        assert wrong.json_body["errors"]
        assert migrating.client.post("/appointments", body=b"[]").status_code == 400
        status = migrating.client.patch("/appointments/apt_x", json={"status": "completed"})
        assert (status.status_code, status.json_body["code"]) == (400, "untranslatable")

    def test_access_is_checked_as_in_ours(self, migrating: Migrating, service_id: str) -> None:
        migrating.switch("new")
        assert migrating.anonymous.get("/appointments").status_code == 401
        forged = {"authorization": "Bearer a.b.c", "x-user-id": CLIENT, "x-user-role": "admin"}
        assert migrating.anonymous.get("/appointments", headers=forged).status_code == 401
        claimed = migrating.client.get("/appointments", headers={"x-user-id": ARTIST})
        assert claimed.json_body == []
        path = f"/appointments/{migrating.book(service_id).json_body['id']}"
        stranger = migrating._signed_in("usr_01JD0000000000000000000ZZZ", "client")
        assert stranger.get(path).status_code == 404
        assert stranger.delete(path).status_code == 404
        assert migrating.client.post(f"{path}/confirm").status_code == 403

    @pytest.mark.parametrize("feature", FEATURES)
    def test_every_route_needs_a_token_that_the_authorizer_accepts(
        self, migrating: Migrating, feature: str
    ) -> None:
        migrating.switch("new", feature)
        forged = {"authorization": "Bearer a.b.c"}
        for route in FEATURES[feature].routes:
            path = f"/{feature}{route.path}".replace("{id}", "apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC")
            for headers in ({}, forged):
                answer = migrating.anonymous.request(route.method, path, headers=headers)
                assert answer.status_code == 401, (route.method, path)
        assert migrating.monolith.requests == []

    def test_a_path_without_counterpart_is_a_501(self, migrating: Migrating) -> None:
        migrating.switch("new")
        answer = migrating.client.post("/appointments/1/tips", json={})
        assert (answer.status_code, answer.json_body["code"]) == (501, "not_translated")
        assert migrating.monolith.requests == []

    def test_our_own_paths_are_not_affected(self, migrating: Migrating, people: People) -> None:
        for mode in ("new", "shadow", "monolith"):
            migrating.switch(mode)
            assert people.client.get("/v1/appointments").status_code == 200
            assert migrating.client.put("/v1/appointments").status_code == 405
        assert migrating.monolith.requests == []

    def test_it_works_without_a_monolith(
        self, migrating: Migrating, service_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrating.switch("new")
        monkeypatch.setenv("MONOLITH_URL", "")
        config.forget()
        assert migrating.book(service_id).status_code == 201
        assert migrating.client.get("/appointments/7").status_code == 404
        migrating.client.get("/notifications/templates")
        assert migrating.client.get("/notifications/templates").status_code == 404
        assert migrating.monolith.requests == []

    def test_a_long_list_is_whole(self, migrating: Migrating, functions: Functions) -> None:
        item = {
            "id": "apt_1", "artistId": "a", "clientId": "c", "service": {"id": "s", "name": "n"},
            "startsAt": START, "endsAt": START, "status": "confirmed", "notes": "",
        }  # fmt: skip

        def page(event: dict[str, Any]) -> dict[str, Any]:
            cursor = (event["multiValueQueryStringParameters"].get("cursor") or [None])[0]
            body = {"items": [item], "nextCursor": None if cursor == "two" else "two"}
            return {"statusCode": 200, "headers": {}, "body": json.dumps(body)}

        functions.answers["appointments-api"] = page
        migrating.switch("new")
        assert len(migrating.client.get("/appointments").json_body) == 2


class TestRepetitions:
    def test_the_same_write_within_a_minute_is_one(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
        clock: TimeMachineFixture,
    ) -> None:
        migrating.switch("new")
        first = migrating.book(service_id)
        assert migrating.book(service_id).json_body == first.json_body
        assert len(migrating.ours(people)) == 1
        clock.shift(timedelta(seconds=61))
        assert migrating.book(service_id).json_body["code"] == "slot_taken"

    def test_a_key_of_the_client_is_used(self, migrating: Migrating, service_id: str) -> None:
        migrating.switch("new")
        first = migrating.book(service_id, **{"idempotency-key": "k1"})
        again = migrating.book(service_id, **{"idempotency-key": "k1"})
        assert again.json_body == first.json_body
        other = migrating.book(service_id, LATER, **{"idempotency-key": "k1"})
        assert (other.status_code, other.json_body["code"]) == (422, "idempotency_key_reused")

    @pytest.mark.parametrize("key", [{}, {"idempotency-key": "k1"}])
    def test_a_repetition_goes_to_the_side_that_had_the_write_first(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
        key: dict[str, str],
    ) -> None:
        migrating.lose_answers()
        assert migrating.book(service_id, **key).status_code == 502
        migrating.monolith.breaks_off = False
        migrating.switch("new")
        assert migrating.book(service_id, **key).status_code == 201
        assert migrating.ours(people) == []
        assert len(migrating.monolith.requests) == 2
        other = migrating.book(service_id, notes="lily")
        assert len(migrating.ours(people)) == 1
        migrating.switch("monolith")
        assert migrating.book(service_id, notes="lily").json_body == other.json_body
        assert "lily" not in migrating.records.counts

    def test_of_two_people_each_has_their_own(self, migrating: Migrating) -> None:
        body = {"message": "Hello"}
        migrating.client.post("/notifications/send", json=body)
        migrating.artist.post("/notifications/send", json=body)
        assert migrating.records.sent == [(CLIENT, "Hello"), (ARTIST, "Hello")]


class TestShadow:
    def test_the_client_gets_the_monoliths_answer_and_ours_is_compared_later(
        self,
        migrating: Migrating,
        people: People,
        service_id: str,
    ) -> None:
        ours = people.client.post(
            "/v1/appointments", json={"serviceId": service_id, "startsAt": START, "notes": "A"}
        )
        assert ours.status_code == 201
        migrating.book(service_id, notes="Other")
        migrating.switch("shadow")
        answer = migrating.client.get("/appointments")
        assert [each["notes"] for each in answer.json_body] == ["Other"]
        assert "appointments-api" not in migrating.functions.invocations
        migrating.compare_all()
        assert migrating.ask("report") == [
            "GET /appointments: 1 compared, 0 equal",
            "       1  [].notes  text of 5 | text of 1",
            "       1  [].serviceName  null | text of 16",
        ]
        migrating.ask("clear")
        assert "Nothing" in migrating.ask("report")[0]

    def test_a_write_is_carried_out_by_the_monolith_only(
        self,
        migrating: Migrating,
        people: People,
        service_id: str,
    ) -> None:
        migrating.switch("shadow")
        migrating.switch("shadow", "notifications")
        assert migrating.book(service_id).status_code == 201
        assert migrating.book("svc_unknown", LATER, "lily").status_code == 201
        migrating.client.post("/notifications/send", json={"message": "Hello"})
        migrating.client.post("/notifications/send", json={"message": "Hi", "userId": 7})
        migrating.compare_all()
        assert migrating.ours(people) == []
        assert migrating.records.counts.total() == 4
        assert migrating.ask("report") == [
            "POST /appointments: 2 compared, 1 equal",
            "       1  (outcome)  accepted 201 | refused 422 invalid_fields body.serviceId",
        ]
        (title, difference) = migrating.ask("report", "notifications")
        assert title == "POST /notifications/send: 2 compared, 1 equal"
        assert "refused 422 invalid_fields body.userId" in difference

    def test_what_has_no_counterpart_is_counted(self, migrating: Migrating) -> None:
        migrating.switch("shadow")
        assert migrating.client.get("/appointments/1/tips").status_code == 404
        migrating.compare_all()
        assert migrating.ask("report") == ["(no such route of ours): 1 compared, 0 equal"]

    def test_nothing_that_goes_wrong_changes_the_answer(
        self, migrating: Migrating, functions: Functions, logs: Logs
    ) -> None:
        migrating.switch("shadow")

        def fail(_: dict[str, Any]) -> Any:
            raise EndpointConnectionError(endpoint_url="https://lambda")

        functions.answers["appointments-api"] = fail
        assert migrating.client.get("/appointments").json_body == []
        migrating.compare_all()
        assert "(ours failed)" in migrating.ask("report")[1]
        functions.later = None  # type: ignore[assignment]  # handing over fails
        assert migrating.client.get("/appointments").json_body == []
        assert migrating.client.post("/notifications/send", body=b"[").status_code >= 400
        assert [line for line in logs.lines if line["message"] == "no comparison"]

    def test_a_comparison_counts_against_no_limit(self, migrating: Migrating) -> None:
        migrating.switch("shadow")
        migrating.client.get("/appointments")
        migrating.compare_all()
        event = migrating.functions.invocations["appointments-api"]
        answer = appointments.app(event, None)
        assert "RateLimit" not in answer["headers"]
        del event["requestContext"]["replay"]
        assert "RateLimit" in appointments.app(event, None)["headers"]

    def test_anonymous_requests_are_not_compared(self, migrating: Migrating) -> None:
        migrating.switch("shadow")
        assert migrating.anonymous.get("/appointments").status_code == 401
        assert migrating.functions.later == []


class TestReturns:
    def test_what_ours_wrote_reaches_the_monolith_once_as_it_is_now(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
    ) -> None:
        migrating.switch("new")
        first = migrating.book(service_id).json_body["id"]
        second = migrating.book(service_id, LATER, "lily").json_body["id"]
        migrating.client.delete(f"/appointments/{second}")
        lines = migrating.switch("monolith")
        assert "Then: make bring-back FEATURE=appointments" in lines
        # Until then, ours serves what the monolith lacks.
        assert migrating.client.get(f"/appointments/{first}").json_body["id"] == first
        assert migrating.ask("bring-back") == ["3 brought back, 0 left."]
        assert migrating.ask("bring-back") == ["0 brought back, 0 left."]
        assert migrating.records.counts == {"rose": 1, "lily": 1}
        statuses = {each["notes"]: each["status"] for each in self._listed(migrating)}
        assert statuses == {"rose": "confirmed", "lily": "cancelled"}
        # From now on the monolith serves it, by either id.
        seen = migrating.client.get(f"/appointments/{first}").json_body
        assert seen["id"] in migrating.records.appointments
        assert migrating.client.get(f"/appointments/{seen['id']}").json_body == seen
        assert len(migrating.ours(people)) == 2

    def test_a_repetition_brings_nothing_back_twice(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        key = {"idempotency-key": "k1"}
        record = migrating.book(service_id, **key).json_body["id"]
        migrating.switch("monolith")
        migrating.ask("bring-back")
        migrating.client.delete(f"/appointments/{record}")
        assert migrating.book(service_id, **key).json_body["id"] == record  # late, by ours
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert [each["status"] for each in self._listed(migrating)] == ["cancelled"]
        assert migrating.records.counts == {"rose": 1}

    def _listed(self, migrating: Migrating) -> Any:
        return migrating.client.get("/appointments").json_body

    def test_what_the_monolith_changed_since_is_taken_over(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
    ) -> None:
        migrating.switch("new")
        moved = migrating.book(service_id).json_body["id"]
        ended = migrating.book(service_id, LATER, "lily").json_body["id"]
        migrating.switch("monolith")
        migrating.ask("bring-back")
        migrating.client.patch(f"/appointments/{moved}", json={"startTime": "2026-03-10T12:00:00Z"})
        migrating.client.post(f"/appointments/{ended}/cancel")
        assert migrating.ask("take-over") == ["2 taken over, 0 left."]
        migrating.switch("new")
        seen = {each["notes"]: each for each in self._listed(migrating)}
        assert seen["rose"]["startTime"] == "2026-03-10T12:00:00Z"
        assert seen["lily"]["status"] == "cancelled"
        # Ours has it again, and so does the way back.
        migrating.client.delete(f"/appointments/{moved}")
        assert [each["status"] for each in migrating.ours(people)] == ["cancelled"] * 2
        migrating.switch("monolith")
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert {each["status"] for each in self._listed(migrating)} == {"cancelled"}
        assert migrating.records.counts == {"rose": 1, "lily": 1}

    def test_a_record_stays_with_its_side_until_it_is_taken_over(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
    ) -> None:
        made = migrating.book(service_id, notes="old").json_body["id"]  # by the monolith
        migrating.switch("new")
        returned = migrating.book(service_id).json_body["id"]
        assert migrating.client.delete(f"/appointments/{made}").json_body["id"] == made
        migrating.switch("monolith")
        migrating.ask("bring-back")
        assert "Some records" in migrating.switch("new")[-2]
        migrating.client.delete(f"/appointments/{returned}")
        assert {each["status"] for each in migrating.records.appointments.values()} == {"cancelled"}
        assert [each["status"] for each in migrating.ours(people)] == ["confirmed"]
        assert (
            "served by ours"
            in migrate({"action": "take-over", "feature": "appointments"}, None)["problem"]
        )

    def test_a_call_takes_over_a_few_records_and_says_where_the_next_goes_on(
        self, migrating: Migrating, service_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(returns, "TAKEN", 2)
        migrating.switch("new")
        for number, start in enumerate((START, LATER, "2026-03-11T09:00:00.000Z")):
            assert migrating.book(service_id, start, str(number)).status_code == 201
        migrating.switch("monolith")
        migrating.ask("bring-back")
        question = {"action": "take-over", "feature": "appointments"}
        first = migrate(question, None)
        assert first["lines"] == ["2 taken over, 0 left."]
        second = migrate(question | {"after": first["next"]}, None)
        assert (second["lines"], second["next"]) == (["1 taken over, 0 left."], None)
        operator = SimpleNamespace(ask=lambda _name, **asked: migrate(asked, None))
        lines = migration.ask(cast("migration.Operator", operator), **question)
        assert list(lines) == ["0 taken over, 0 left."]

    @pytest.mark.parametrize("is_changed", [True, False])
    def test_what_was_written_while_somebody_died_is_taken_over_by_the_next_call(
        self,
        migrating: Migrating,
        service_id: str,
        people: People,
        monkeypatch: pytest.MonkeyPatch,
        *,
        is_changed: bool,
    ) -> None:
        """The monolith's change is; without one, a change of ours since is not undone."""
        migrating.switch("new")
        record = migrating.book(service_id).json_body["id"]
        migrating.switch("monolith")
        migrating.ask("bring-back")
        save = writes.save_pair

        def save_and_die(feature: str, pair: Pair) -> None:
            (old,) = migrating.records.appointments.values()
            if is_changed:
                old["startTime"] = LATER
            save(feature, pair)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(writes, "save_pair", save_and_die)
            with pytest.raises(KeyboardInterrupt):
                migrating.ask("take-over")
        if not is_changed:
            migrating.client.patch(f"/appointments/{record}", json={"startTime": LATER})
        assert migrating.ask("take-over") == ["1 taken over, 0 left."]
        assert migrating.ask("take-over") == ["0 taken over, 0 left."]
        (appointment,) = migrating.ours(people)
        assert appointment["startsAt"] == LATER.replace(".000Z", "Z")

    def test_imported_records_are_known_by_either_id_and_follow_the_switch(
        self, migrating: Migrating, service_id: str, people: People
    ) -> None:
        old = migrating.book(service_id, notes="old").json_body["id"]
        imported = people.client.post(
            "/v1/appointments", json={"serviceId": service_id, "startsAt": START, "notes": "old"}
        ).json_body["id"]
        links = [[old, imported, CLIENT]]
        assert migrate({"action": "link", "feature": "appointments", "links": links}, None)[
            "lines"
        ] == ["1 linked, 0 known."]
        path = f"/appointments/{old}"
        assert migrating.client.get(f"/appointments/{imported}").json_body["id"] == old
        migrating.client.patch(path, json={"startTime": LATER})  # after the import
        for _ in range(2):
            assert migrating.ask("take-over") == ["1 taken over, 0 left."]
        migrating.switch("shadow")
        migrating.client.get(path)
        migrating.compare_all()
        assert "[].notes" not in str(migrating.ask("report"))
        migrating.switch("new")
        assert migrating.client.get(path).json_body["startTime"] == LATER.replace(".000Z", "Z")
        migrating.client.delete(path)
        assert migrating.ours(people)[0]["status"] == "cancelled"
        migrating.switch("monolith")
        assert migrating.client.get(path).json_body["status"] == "confirmed"
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert migrating.client.get(path).json_body["status"] == "cancelled"
        assert migrating.records.counts == {"old": 1}

    def test_an_unreachable_monolith_gets_it_later(
        self, migrating: Migrating, service_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrating.switch("new")
        migrating.book(service_id)
        migrating.switch("monolith")
        url = migrating.monolith.url
        monkeypatch.setenv("MONOLITH_URL", "http://127.0.0.1:1/api")
        config.forget()
        first, last = migrating.ask("bring-back")
        assert "the monolith cannot be reached" in first
        assert last == "0 brought back, 1 left."
        monkeypatch.setenv("MONOLITH_URL", url)
        config.forget()
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert migrating.records.counts == {"rose": 1}

    def test_a_lost_answer_is_not_sent_again_before_somebody_has_looked(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        record = migrating.book(service_id).json_body["id"]
        migrating.switch("monolith")
        migrating.lose_answers()
        for _ in range(2):
            assert "no answer came" in migrating.ask("bring-back")[0]
        migrating.monolith.breaks_off = False
        assert "no answer came" in migrating.ask("bring-back")[0]
        assert migrating.records.counts == {"rose": 1}
        assert migrating.ask("settle", record=record, monolithId="1") == ["1 settled."]
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert migrating.records.counts == {"rose": 1}

    def test_what_the_monolith_lacks_after_all_is_sent_again(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        record = migrating.book(service_id).json_body["id"]
        migrating.switch("monolith")
        migrating.lose_answers()
        migrating.ask("bring-back")
        migrating.records.appointments.clear()
        migrating.monolith.breaks_off = False
        migrating.ask("settle", record=record, monolithId="none")
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert len(migrating.records.appointments) == 1

    def test_a_write_whose_answer_was_lost_here_is_listed(
        self, migrating: Migrating, service_id: str, clock: TimeMachineFixture
    ) -> None:
        book: Callable[[dict[str, Any]], Any] = migrating.functions.answers["appointments-api"]

        def lose(event: dict[str, Any]) -> Any:
            book(event)
            raise EndpointConnectionError(endpoint_url="https://lambda")

        migrating.switch("new")
        migrating.functions.answers["appointments-api"] = lose
        assert migrating.book(service_id).status_code == 503
        migrating.functions.answers["appointments-api"] = book
        migrating.switch("monolith")
        assert "is running" in migrating.ask("bring-back")[0]
        clock.shift(timedelta(seconds=59))
        assert migrating.book(service_id).status_code == 201  # the client tries again, with ours
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert migrating.records.counts == {"rose": 1}

    def test_what_nobody_repeats_is_named_to_the_operator(
        self, migrating: Migrating, service_id: str, clock: TimeMachineFixture
    ) -> None:
        def fail(_: dict[str, Any]) -> Any:
            raise EndpointConnectionError(endpoint_url="https://lambda")

        migrating.functions.answers["appointments-api"] = fail
        migrating.switch("new")
        migrating.book(service_id)
        migrating.switch("monolith")
        clock.shift(timedelta(seconds=60))
        line = migrating.ask("bring-back")[0]
        assert "its outcome is unknown" in line
        assert CLIENT in line
        write = line.split("  ")[2]
        assert migrating.ask("settle", record=write, monolithId="forget") == ["1 settled."]
        assert migrating.ask("bring-back") == ["0 brought back, 0 left."]

    def test_a_refused_repetition_leaves_the_write_on_the_list(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        key = {"idempotency-key": "k1"}
        assert migrating.book(service_id, **key).status_code == 201
        assert migrating.book(service_id, notes="lily", **key).status_code == 422
        migrating.switch("monolith")
        assert migrating.ask("bring-back") == ["1 brought back, 0 left."]
        assert migrating.records.counts == {"rose": 1}

    def test_a_refused_write_is_not_on_the_list(
        self, migrating: Migrating, service_id: str
    ) -> None:
        migrating.switch("new")
        assert migrating.book("svc_unknown").status_code == 422
        assert migrating.ask("list")[0] == "appointments    new"
        migrating.book(service_id)
        assert "1 writes of ours that the monolith lacks" in migrating.ask("list")[0]

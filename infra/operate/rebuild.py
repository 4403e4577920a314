"""Rebuild of counts and copies, with a proof that nothing differs afterwards.

profiles owns the public data of people; other features keep copies of the fields they need, updated
by its events. The function `profiles-rebuild` counts again and publishes every person again, as do
`messaging-republish`, `files-republish`, `appointments-republish` and `social-republish` with who
works with whom, with clean files, with the appointments of clients, and with the social accounts of
artists. `messaging-rebuild` counts unread messages again and lets search find all messages and
names. The copies (`<feature>-copies`) are then compared with `profiles-people` until they agree or
time is up.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra.local.settings import StackError

# Who keeps copies, as their functions are called: asked for the ids of the people, or for all.
BY_IDS = ("appointments", "auth", "consultations", "quick-actions", "social")
LISTED = ("messaging", "notifications")
KEEPERS = (*BY_IDS, *LISTED)
FIELDS = ("name", "avatar", "handle", "recordVersion")
PORTION = 100
FEW = 10  # people with all their files, or all their appointments
# A portion counts again for up to a minute; it must not be invoked twice.
CONFIG = Config(read_timeout=120, retries={"max_attempts": 0})
PATIENCE_SECONDS = 60.0  # for the events to arrive
PAUSE_SECONDS = 1.0

Person = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A copy or a count that is not as it must be."""

    what: str
    found: Any
    expected: Any

    def __str__(self) -> str:
        """Format the difference as one line."""
        return f"{self.what}: {self.found!r} instead of {self.expected!r}"


class Operator:
    """Access to the functions of an environment."""

    def __init__(self, session: boto3.Session, prefix: str) -> None:
        self._client = session.client("lambda", config=CONFIG)
        self._prefix = prefix

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        """Invoke a function and return its response.

        Raises:
            StackError: There is no such function, or it failed.
        """
        name = self._prefix + function
        try:
            answer = self._client.invoke(FunctionName=name, Payload=json.dumps(question).encode())
        except self._client.exceptions.ResourceNotFoundException as error:
            raise StackError(f"There is no function {name}.") from error
        body: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise StackError(f"{name} failed: {body.get('errorMessage', body)}")
        return body

    def walk(self, function: str) -> Iterator[dict[str, Any]]:
        """Yield the responses of a function that walks over people, batch by batch."""
        answer = self.ask(function, limit=PORTION)
        yield answer
        while answer["next"] is not None:
            answer = self.ask(function, limit=PORTION, next=answer["next"])
            yield answer


def rebuild(operator: Operator) -> Iterator[str]:
    """Rebuild, and yield lines about repairs and about differences of copies.

    Raises:
        StackError: A function is missing or failed, or copies still differ when time is up.
    """
    people, repaired = 0, 0
    for answer in operator.walk("profiles-rebuild"):
        people += answer["people"]
        for one in answer["differences"]:
            repaired += 1
            yield f"repaired: {Difference(**one)}"
    yield f"{people} people, {repaired} differences repaired, every person published again"
    messages = counters = 0
    for answer in operator.walk("messaging-rebuild"):
        messages += answer["messages"]
        counters += answer["counters"]
    yield f"{messages} messages found again by search, {counters} counters of unread ones repaired"
    conversations = operator.ask("messaging-republish")["conversations"]
    files = sum(_republish(operator, "files"))
    appointments = sum(_republish(operator, "appointments"))
    accounts = sum(_republish(operator, "social"))
    published = (
        f"{conversations} conversations, {files} files, {appointments} appointments, "
        f"{accounts} social accounts"
    )
    yield f"{published} published again"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := list(compare(operator)):
        if time.monotonic() > deadline:
            lines = "\n".join(map(str, left))
            raise StackError(f"{lines}\n{len(left)} differences are left.")
        time.sleep(PAUSE_SECONDS)
    yield f"the copies of {', '.join(KEEPERS)} differ in nothing"


def compare(operator: Operator) -> Iterator[Difference]:
    """Return the differences between copies and originals."""
    people = {person["userId"]: person for person in _items(operator, "profiles-people")}
    for keeper in KEEPERS:
        copies = _copies(operator, keeper, list(people))
        for user_id in sorted(people.keys() | copies.keys()):
            what = f"{keeper}'s copy of {user_id}"
            yield from _differences(what, copies.get(user_id), people.get(user_id))


def _republish(operator: Operator, feature: str) -> Iterator[int]:
    """Let the files, appointments or accounts of everybody be published; yield their numbers."""
    for answer in operator.walk("profiles-people"):
        user_ids = [person["userId"] for person in answer["items"]]
        for start in range(0, len(user_ids), FEW):
            asked = user_ids[start : start + FEW]
            yield operator.ask(f"{feature}-republish", userIds=asked)[feature]


def _copies(operator: Operator, keeper: str, user_ids: list[str]) -> dict[str, Person]:
    """Return the copies that a feature keeps, by user: all, or those of these users."""
    function = f"{keeper}-copies"
    if keeper in LISTED:
        return {copy["userId"]: copy for copy in _items(operator, function)}
    copies: dict[str, Person] = {}
    for start in range(0, len(user_ids), PORTION):
        asked = user_ids[start : start + PORTION]
        answer = operator.ask(function, userIds=asked)
        copies |= {copy["userId"]: copy for copy in answer["items"]}
    return copies


def _items(operator: Operator, function: str) -> Iterator[Person]:
    for answer in operator.walk(function):
        yield from answer["items"]


def _differences(what: str, copy: Person | None, person: Person | None) -> Iterator[Difference]:
    """Yield the differences of one copy. Version 0 came from auth's events alone."""
    if copy is None or person is None:
        if copy is None or copy["recordVersion"]:
            yield Difference(what, copy and copy["name"], person and person["name"])
        return
    for field in FIELDS:
        if field in copy and copy[field] != person[field]:
            yield Difference(f"{what}, {field}", copy[field], person[field])

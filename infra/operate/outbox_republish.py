"""Unpublished events: a list of them, and their publication once the cause is mended.

Published events leave the outbox, so what a feature's outbox holds was never published: poison
events that the relay kept, and batches that a stream gave up after an outage. They are published by
the feature's own relay function, and so under the same rules and with the same event ids: repeating
it is harmless, because consumers recognize an event by its id.

messaging has no outbox items; its documents say themselves what is unpublished. Its function
`messaging-unpublished` lists them and puts them on its queue again.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from ulid import ULID

from infra.local.settings import StackError
from infra.paths import LAYER
from shared.events.queues import DEAD_LETTERS

sys.path.append(str(LAYER / "python"))
from shared.data.shards import OUTBOX, shard_partitions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_sqs import SQSClient

RELAY, LISTING = "-outbox", "-unpublished"
# Younger events are on their way, unless the relay said that it cannot publish them.
ON_ITS_WAY = timedelta(minutes=5)
PORTION = 10  # events of one invocation: even the largest items fit into its payload


@dataclass(frozen=True)
class Selection:
    """Events to look for; None restricts nothing.

    Attributes:
        feature: Feature that publishes them, such as `auth`.
        event_type: Their type, such as `user.verified`.
        since: Instant from which on they happened.
        until: Instant before which they happened.
    """

    feature: str | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(cls, feature: str, event_type: str, since: str, until: str) -> "Selection":
        """Return the selection of a command line, where empty texts restrict nothing.

        Raises:
            StackError: An instant is not in ISO 8601.
        """
        return cls(
            feature.replace("_", "-") or None,
            event_type or None,
            _parse_instant("SINCE", since),
            _parse_instant("UNTIL", until),
        )

    @property
    def is_everything(self) -> bool:
        """Whether all events of a feature are selected."""
        return (self.event_type, self.since, self.until) == (None, None, None)

    def includes(self, event: "Unpublished") -> bool:
        """Return whether an event is selected. What is unknown about it meets no restriction."""
        if self.event_type is not None and self.event_type not in event.types:
            return False
        if event.at is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= event.at) and (
            self.until is None or event.at < self.until
        )


@dataclass(frozen=True)
class Unpublished:
    """An event that was not published.

    Attributes:
        feature: Feature that publishes it.
        key: Id of the event; in messaging, id of the message or conversation it is about.
        types: Its type, none if it cannot be read; several of a message in messaging.
        at: When it happened; None if that is unknown.
        reason: Why it cannot be published; empty if it was only given up.
        record: What its function needs to publish it.
    """

    feature: str
    key: str
    types: tuple[str, ...]
    at: datetime | None
    reason: str
    record: Mapping[str, Any]

    def __str__(self) -> str:
        """Format the event as one line."""
        at = self.at.isoformat(timespec="seconds") if self.at else "unknown time"
        types = ", ".join(self.types) or "unknown type"
        return f"{self.feature}  {at}  {types}  {self.key}  {self.reason or 'given up'}"

    def is_on_its_way(self, now: datetime) -> bool:
        """Return whether it may still be published without anybody's help."""
        return not self.reason and self.at is not None and self.at > now - ON_ITS_WAY


def republish(
    session: boto3.Session, prefix: str, selection: Selection, now: datetime, *, dry_run: bool
) -> Iterator[str]:
    """List unpublished events, or publish them; yield a line for each and a summary.

    When nothing of a feature is left, the notices in its dead-letter queue are deleted.

    Args:
        session: Session of the environment.
        prefix: Prefix of the names of its resources.
        selection: Events to look for.
        now: The current instant.
        dry_run: Lists them only.

    Raises:
        StackError: There is no such feature, or a function failed.
    """
    outboxes = _find_outboxes(session, prefix)
    if selection.feature is not None:
        if selection.feature not in outboxes:
            known = ", ".join(sorted(outboxes))
            raise StackError(f"{selection.feature} publishes no events. Those do: {known}.")
        outboxes = {selection.feature: outboxes[selection.feature]}
    found = published = 0
    for outbox in (outboxes[feature] for feature in sorted(outboxes)):
        events = [event for event in outbox.list_events() if not event.is_on_its_way(now)]
        selected = [event for event in events if selection.includes(event)]
        found += len(selected)
        if dry_run:
            yield from map(str, selected)
            continue
        left = len(events) - len(selected)
        for start in range(0, len(selected), PORTION):
            portion = selected[start : start + PORTION]
            kept = outbox.publish(portion)
            for event in portion:
                if event.key in kept:
                    left += 1
                    yield f"{event}: still not published ({kept[event.key]})"
                else:
                    published += 1
                    yield f"{event}: published"
        if not left:
            outbox.delete_notices()
    if dry_run:
        yield f"{found} unpublished events. None was published: repeat it with DRY_RUN=0."
    else:
        yield f"{published} of {found} events published"


class _Outbox:
    """The outbox in the table of a feature."""

    def __init__(self, session: boto3.Session, prefix: str, feature: str) -> None:
        self._session = session
        self._feature = feature
        self._name = prefix + feature

    def list_events(self) -> list[Unpublished]:
        """List what is in the outbox, the oldest first."""
        pages = self._session.client("dynamodb").get_paginator("query")
        items = [
            item
            for partition in shard_partitions(OUTBOX)
            for page in pages.paginate(
                TableName=self._name,
                KeyConditionExpression="pk = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
                ConsistentRead=True,
            )
            for item in page["Items"]
        ]
        items.sort(key=lambda item: item["sk"]["S"])
        return [self._read(item) for item in items]

    def publish(self, events: Iterable[Unpublished]) -> dict[str, str]:
        """Publish events, and return why some could not be, by their ids."""
        records = [event.record for event in events]
        answer = _invoke(self._session, self._name + RELAY, {"Records": records})
        kept: dict[str, str] = answer["kept"]
        return kept

    def delete_notices(self) -> None:
        """Empty the dead-letter queue of the relay's stream."""
        sqs = self._session.client("sqs")
        url = sqs.get_queue_url(QueueName=self._name + RELAY + DEAD_LETTERS)["QueueUrl"]
        _empty(sqs, url)

    def _read(self, item: "Mapping[str, AttributeValueTypeDef]") -> Unpublished:
        key = item["sk"]["S"]
        event = _parse(item.get("event", {}).get("S", ""))
        event_type = event.get("type")
        return Unpublished(
            self._feature,
            key,
            (event_type, *_types_of_others(item)) if isinstance(event_type, str) else (),
            _time_of(event.get("time"), key),
            item.get("kept_because", {}).get("S", ""),
            _stream_record(item),
        )


class _Documents(_Outbox):
    """Documents that say themselves what is unpublished, read and published by a function."""

    def list_events(self) -> list[Unpublished]:
        """List the unpublished documents, the oldest first."""
        answer = _invoke(self._session, self._name + LISTING, {})
        return [
            Unpublished(
                self._feature,
                document["id"],
                tuple(document["types"]),
                datetime.fromisoformat(document["at"]) if document["at"] else None,
                "",
                document,
            )
            for document in answer["items"]
        ]

    def publish(self, events: Iterable[Unpublished]) -> dict[str, str]:
        """Put documents on the feature's queue, whose worker publishes them."""
        ids = [event.key for event in events]
        _invoke(self._session, self._name + LISTING, {"publish": ids})
        return {}

    def delete_notices(self) -> None:
        """Leave the dead-letter queue alone: `make redrive` moves its messages."""


def _types_of_others(item: "Mapping[str, AttributeValueTypeDef]") -> list[str]:
    """Return the types of events that are in the item of another one (`shared.events.outbox`)."""
    also: list[tuple[str, str, list[str]]] = json.loads(item.get("also", {}).get("S", "[]"))
    return [event_type for _, event_type, _ in also]


def _find_outboxes(session: boto3.Session, prefix: str) -> dict[str, _Outbox]:
    pages = session.client("lambda").get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    outboxes: dict[str, _Outbox] = {}
    for name in names:
        for suffix, kind in ((RELAY, _Outbox), (LISTING, _Documents)):
            if name.startswith(prefix) and name.endswith(suffix):
                feature = name.removeprefix(prefix).removesuffix(suffix)
                outboxes[feature] = kind(session, prefix, feature)
    return outboxes


def _invoke(session: boto3.Session, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    answer = session.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(payload).encode()
    )
    body: dict[str, Any] = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise StackError(f"{name} failed: {body.get('errorMessage', body)}")
    return body


def _stream_record(item: "Mapping[str, AttributeValueTypeDef]") -> dict[str, Any]:
    """Return what a stream delivers for an item that was inserted, with all that Chalice reads."""
    return {
        "awsRegion": "",
        "eventID": "",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "",
        "dynamodb": {
            "ApproximateCreationDateTime": time.time(),
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": dict(item),
            "SequenceNumber": "",
            "SizeBytes": 0,
            "StreamViewType": "NEW_IMAGE",
        },
    }


def _empty(sqs: "SQSClient", url: str) -> None:
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
    ).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _parse(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _time_of(text: object, event_id: str) -> datetime | None:
    """Return when an event happened: as it says, or as its id does."""
    try:
        return _with_zone(datetime.fromisoformat(str(text)))
    except ValueError:
        pass
    try:
        return ULID.from_str(event_id.rpartition("_")[2]).datetime
    except ValueError:
        return None


def _parse_instant(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return _with_zone(datetime.fromisoformat(text))
    except ValueError as error:
        raise StackError(f"{name}={text} is no instant such as 2026-11-22T12:00Z.") from error


def _with_zone(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

"""Traces: documents to the daemon of X-Ray, and tracing headers that go on behind queues."""

import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from chalice.app import DynamoDBRecord, SQSEvent

from shared.events import outbox, queues, sweeper
from shared.events.domain_events import DomainEvent, EventData, new_event
from shared.events.outbox import _attributes_of
from shared.platform import correlation, traces
from shared.platform.clock import now

ROOT = "1-58e57fed-1234567890abcdef12345678"
OTHER = "1-58e57fed-abcdefabcdefabcdefabcdef"
SAMPLED = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:abc:0"


class Empty(msgspec.Struct):
    """A message that says nothing."""


class Happened(EventData, frozen=True):
    """An event that says nothing."""

    type = "test.happened"


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Return a socket where the daemon of X-Ray would be."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{bound.getsockname()[1]}")
        yield bound


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED)


def documents(daemon: socket.socket) -> list[dict[str, Any]]:
    """Return what has arrived; sending to this machine is done when it returns."""
    found: list[dict[str, Any]] = []
    while True:
        try:
            preamble, _, document = daemon.recv(70_000).partition(b"\n")
        except BlockingIOError:
            return found
        assert json.loads(preamble) == {"format": "json", "version": 1}
        found.append(json.loads(document))


@pytest.mark.usefixtures("sampled")
def test_a_block_is_a_subsegment_with_annotations(daemon: socket.socket) -> None:
    with traces.subsegment("GET /v1/files/{id}", feature="files", correlation_id="cor_1") as noted:
        noted["status"] = 404
    (document,) = documents(daemon)
    assert document["type"] == "subsegment"
    assert (document["trace_id"], document["parent_id"]) == (ROOT, "53995c3f42cd8ad8")
    assert document["name"] == "GET /v1/files/id"  # X-Ray takes no braces
    assert document["annotations"] == {
        "feature": "files",
        "correlation_id": "cor_1",
        "status": 404,
    }
    assert document["error"] is True
    assert "fault" not in document
    assert document["start_time"] <= document["end_time"]
    assert len(document["id"]) == 16


@pytest.mark.usefixtures("sampled")
def test_an_exception_is_a_fault_and_goes_on(daemon: socket.socket) -> None:
    with pytest.raises(ZeroDivisionError), traces.subsegment("work"):
        _ = 1 / 0
    (document,) = documents(daemon)
    assert document["fault"] is True


@pytest.mark.parametrize(
    "header",
    ["", f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0", "Sampled=1", "Root=x;Sampled=1"],
)
def test_nothing_is_sent_unless_it_is_sampled(
    monkeypatch: pytest.MonkeyPatch, daemon: socket.socket, header: str
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with traces.subsegment("work"):
        assert traces.header() is None
    assert documents(daemon) == []


def test_what_is_not_sampled_costs_one_reading_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    class Environment(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.append(name)
            return super().get(name, default)

    environment = Environment(_X_AMZN_TRACE_ID=SAMPLED.replace("Sampled=1", "Sampled=0"))
    # Without clock, ids and sockets: a use of them would fail.
    monkeypatch.setattr(traces, "os", SimpleNamespace(environ=environment))
    for name in ("clock", "secrets", "socket"):
        monkeypatch.setattr(traces, name, None)
    with traces.subsegment("GET /v1/files/{id}", feature="files") as noted:
        noted["status"] = 200
    assert read == ["_X_AMZN_TRACE_ID"]


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize("address", [None, "nonsense", "127.0.0.1:99999"])
def test_a_missing_daemon_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS", raising=False)
    if address:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    with traces.subsegment("work") as noted:
        noted["status"] = 200
    assert noted == {"status": 200}


@pytest.mark.usefixtures("sampled")
def test_documents_are_bounded(daemon: socket.socket) -> None:
    with traces.subsegment("x" * 5000, correlation_id="y" * 50_000):
        pass
    (document,) = documents(daemon)
    assert (len(document["name"]), len(document["annotations"]["correlation_id"])) == (200, 200)


@pytest.mark.usefixtures("sampled", "daemon")
def test_what_is_sent_inside_of_a_block_goes_on_from_there() -> None:
    assert traces.header() == f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    with traces.subsegment("outer"):
        outer = traces.header()
        assert outer is not None
        assert "53995c3f42cd8ad8" not in outer
    assert "53995c3f42cd8ad8" in str(traces.header())


# ---- queues --------------------------------------------------------------------------------------


def record(number: int, **attributes: Any) -> dict[str, Any]:
    system = {"ApproximateReceiveCount": "1", **attributes.get("system", {})}
    own = {name: {"stringValue": text} for name, text in attributes.get("own", {}).items()}
    return {
        "messageId": str(number),
        "receiptHandle": "r",
        "body": "{}",
        "attributes": system,
        "messageAttributes": own,
    }


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a function whose own invocation is not sampled."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "artist-booking-prod-files-worker")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={OTHER};Parent=53995c3f42cd8ad8;Sampled=0")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    "attributes",
    [{"system": {traces.SQS_ATTRIBUTE: SAMPLED}}, {"own": {traces.SNS_ATTRIBUTE: SAMPLED}}],
    ids=["from a queue", "from the topic"],
)
def test_work_on_a_message_is_a_segment_of_its_senders_trace(
    daemon: socket.socket, attributes: dict[str, Any]
) -> None:
    own = attributes.get("own", {})
    attributes["own"] = own | {queues.CORRELATION_ATTRIBUTE: "cor_12345678"}
    batch = SQSEvent({"Records": [record(1, **attributes), record(2)]}, None)
    seen: list[str | None] = []
    queues.consume(batch, "work", Empty, lambda _: seen.append(traces.header()), 1)
    (document,) = documents(daemon)
    assert "type" not in document
    assert (document["trace_id"], document["parent_id"]) == (ROOT, "53995c3f42cd8ad8")
    assert document["name"] == "artist-booking-prod-files-worker"
    assert document["annotations"].pop("feature")
    assert document["annotations"] == {
        "source": "work",
        "records": 1,
        "correlation_id": "cor_12345678",
    }
    assert seen == [f"Root={ROOT};Parent={document['id']};Sampled=1", None]


@pytest.mark.usefixtures("sampled")
def test_a_batch_links_to_the_traces_of_all_its_messages(daemon: socket.socket) -> None:
    headers = [None, f"Root={OTHER};Parent=aaaaaaaaaaaaaaaa;Sampled=1", SAMPLED, SAMPLED]
    with traces.received(headers, feature="notifications"):
        pass
    (document,) = documents(daemon)
    assert document["trace_id"] == OTHER
    link = {"trace_id": ROOT, "id": "53995c3f42cd8ad8"}
    assert document["links"] == [link, link]  # of the other message, and of this invocation


@pytest.mark.usefixtures("sampled")
def test_messages_take_the_header_along(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    class Sqs:
        def send_message_batch(self, *, Entries: list[Any], **_: Any) -> dict[str, Any]:  # noqa: N803
            sent.extend(Entries)
            return {}

    monkeypatch.setattr("shared.platform.aws.client", lambda _: Sqs())
    monkeypatch.setattr(queues, "queue_url", str)
    queues.send("work", [Empty()])
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "")
    queues.send("work", [Empty()])
    value = sent[0]["MessageSystemAttributes"]["AWSTraceHeader"]
    assert value["StringValue"] == f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    assert "MessageSystemAttributes" not in sent[1]


@pytest.mark.usefixtures("sampled")
def test_events_take_the_header_along(monkeypatch: pytest.MonkeyPatch) -> None:
    with correlation.bound("cor_12345678"):
        traced = new_event("files", "fil_1", Happened(), now())
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "")
        untraced = new_event("files", "fil_1", Happened(), now())
    assert traced.traceheader == f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    assert b"traceheader" not in msgspec.json.encode(untraced)
    assert msgspec.json.decode(msgspec.json.encode(traced), type=DomainEvent) == traced
    assert _attributes_of([traced])[traces.SNS_ATTRIBUTE] == ("String", traced.traceheader)
    assert traces.SNS_ATTRIBUTE not in _attributes_of([untraced])


# ---- other batches -------------------------------------------------------------------------------


@pytest.mark.usefixtures("sampled")
def test_a_relay_and_a_sweep_are_subsegments_with_source_and_records(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_relay_inserted", lambda *_: outbox.Relayed([], {}))
    image = {"pk": {"S": outbox.PREFIX + "1"}, "sk": {"S": "evt_1"}}
    written = {
        "ApproximateCreationDateTime": now().timestamp(),
        "Keys": image,
        "NewImage": image,
        "SequenceNumber": "1",
        "SizeBytes": 100,
        "StreamViewType": "NEW_IMAGE",
    }
    inserted = {
        "awsRegion": "us-east-1",
        "dynamodb": written,
        "eventID": "1",
        "eventName": "INSERT",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/auth/stream/1",
    }
    outbox.relay([DynamoDBRecord(inserted, None)], "auth")
    due = sweeper.DueRecord("FILE#1", "meta", now().isoformat(), "{}")
    sweeper.sweep([due, due], lambda *_: None, lambda *_: None, now(), lambda: True)
    relayed, swept = documents(daemon)
    for document, source, records in ((relayed, "outbox", 1), (swept, "due", 2)):
        assert document["annotations"].pop("feature")
        assert document["annotations"] == {"source": source, "records": records}
        assert document["type"] == "subsegment"


@pytest.mark.usefixtures("sampled")
def test_what_finds_no_work_sends_nothing(daemon: socket.socket) -> None:
    outbox.relay([], "auth")
    sweeper.sweep([], lambda *_: None, lambda *_: None, now(), lambda: True)
    assert documents(daemon) == []

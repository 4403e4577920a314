"""Signed calls send what a client of botocore sends, and raise what it raises."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import httpsession
from botocore.exceptions import ClientError, ConnectTimeoutError

from shared.platform import aws, deadlines, signed_calls
from tests.support import http_aws

KEY = {"KeyId": "key"}
Answer = Callable[[Any], Any]


class Sent:
    """Requests that were sent, and how they are answered, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[Any] = []
        self.answers: list[Answer] = []
        self.pauses: list[float] = []

        def send(_connections: Any, request: Any) -> Any:
            self.requests.append(request)
            return self.answers[min(len(self.requests), len(self.answers)) - 1](request)

        monkeypatch.setattr(httpsession.URLLib3Session, "send", send)
        # Not the module that all threads of the process share.
        clock = SimpleNamespace(sleep=self.pauses.append)
        monkeypatch.setattr("shared.platform.signed_calls.time", clock)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """What would have left this machine, from a function with temporary credentials."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    aws.forget()
    yield Sent(monkeypatch)
    aws.forget()


def get_key() -> dict[str, Any]:
    return signed_calls.call("kms", "TrentService", "GetPublicKey", KEY)


def respond(request: Any) -> Any:
    return http_aws.respond(request, {"PublicKey": "AAAA"})


def throttle(request: Any) -> Any:
    return http_aws.refuse(request, "com.amazonaws.kms#ThrottlingException", "Slow down.")


def time_out(_request: Any) -> Any:
    raise ConnectTimeoutError(endpoint_url="https://kms")


def test_it_is_the_request_of_a_client(sent: Sent) -> None:
    sent.answers = [respond]
    assert get_key() == {"PublicKey": "AAAA"}
    assert aws.create_client("kms").get_public_key(**KEY)["PublicKey"] == b"\x00\x00\x00"
    ours, theirs = sent.requests
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert ours.url == "https://kms.us-east-1.amazonaws.com/"
    assert ours.body == theirs.body.decode()
    for header in ("Content-Type", "X-Amz-Target", "X-Amz-Security-Token"):
        assert _text(ours.headers[header]) == _text(theirs.headers[header])
    scope = "/us-east-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
    assert scope in _text(ours.headers["Authorization"])
    assert scope in _text(theirs.headers["Authorization"])


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS"])
def test_the_local_stack_is_called_at_its_address(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, "http://127.0.0.1:4566")
    sent.answers = [respond]
    get_key()
    assert sent.requests[0].url == "http://127.0.0.1:4566/"


@pytest.mark.parametrize("outage", [throttle, time_out])
def test_an_outage_is_tried_again_after_a_pause(sent: Sent, outage: Answer) -> None:
    sent.answers = [outage, outage, respond]
    assert get_key() == {"PublicKey": "AAAA"}
    first, second = sent.pauses
    assert 0 <= first <= 1
    assert 0 <= second <= 2


def test_the_third_failure_is_raised(sent: Sent) -> None:
    sent.answers = [throttle]
    with pytest.raises(ClientError) as caught:
        get_key()
    assert caught.value.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "Slow down.",
    }
    assert caught.value.operation_name == "GetPublicKey"
    assert len(sent.requests) == 3


def test_a_refusal_is_raised_at_once(sent: Sent) -> None:
    sent.answers = [lambda request: http_aws.refuse(request, "AccessDeniedException", "No.")]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        get_key()
    assert len(sent.requests) == 1


def test_no_attempt_begins_that_could_end_after_the_deadline(sent: Sent) -> None:
    sent.answers = [respond]
    with deadlines.within(4.9), pytest.raises(deadlines.DeadlineExceeded):  # 2 + 3 seconds
        get_key()
    assert sent.requests == []


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

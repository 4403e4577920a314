"""Traces: what X-Ray shows of a request besides what Lambda and API Gateway send, without its SDK.

A document of JSON goes by UDP to the daemon that runs beside each function ("Sending trace data to
AWS X-Ray" and "AWS X-Ray segment documents", AWS). Its annotations can be searched for, as in
`annotation.correlation_id = "cor_…"`. They never say who somebody is: no ids of people, hashed or
not. Nothing is made or sent for a request that is not sampled, nor where there is no daemon, and
nothing that goes wrong here reaches the request.

A trace goes on behind a queue: messages carry the header of their sender's trace, and the work that
they cause is a segment of that trace.
"""

import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import msgspec

from shared.platform import clock

SQS_ATTRIBUTE = "AWSTraceHeader"  # the one that SQS keeps outside of a message's own attributes
SNS_ATTRIBUTE = "traceheader"  # SNS takes no attributes of the system for single messages
MAX_TEXT = 200
MAX_LINKS = 10
_PREAMBLE = b'{"format":"json","version":1}\n'
_ROOT = re.compile(r"(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
_PARENT = re.compile(r"(?:^|;)Parent=([0-9a-f]{16})(?:;|$)")
_REFUSED_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\\\-@]")

Annotations = dict[str, str | int]


class Trace(msgspec.Struct, frozen=True):
    """A place in a sampled trace.

    Attributes:
        root: Id of the trace.
        parent: Id of the segment or subsegment that is going on.
    """

    root: str
    parent: str

    def header(self) -> str:
        """Return it as a tracing header."""
        return f"Root={self.root};Parent={self.parent};Sampled=1"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def parse(header: str | None) -> Trace | None:
    """Return the place that a tracing header names; None if it is not sampled or not valid."""
    if not header or "Sampled=1" not in header.split(";"):
        return None
    root, parent = _ROOT.search(header), _PARENT.search(header)
    return Trace(root[1], parent[1]) if root and parent else None


def current() -> Trace | None:
    """Return where the trace of this invocation is; None if it is not sampled."""
    return _current.get() or parse(os.environ.get("_X_AMZN_TRACE_ID"))


def header() -> str | None:
    """Return the tracing header for what is sent now; None if nothing is sampled."""
    found = current()
    return found.header() if found else None


@contextmanager
def subsegment(name: str, **annotations: str | int) -> Iterator[Annotations]:
    """Record the `with` block in the trace of this invocation.

    Yields:
        The annotations, to which the block may add. With a `status` of 5xx it is a fault.
    """
    with _recorded(current(), {"type": "subsegment"}, name, annotations) as noted:
        yield noted


@contextmanager
def received(headers: Sequence[str | None], **annotations: str | int) -> Iterator[Annotations]:
    """Record the work on messages in the trace of their sender.

    It is a segment in the trace of the first message that is sampled. It links to the traces of the
    others, and to that of this invocation.

    Args:
        headers: Tracing headers of the messages; None for those without.
        **annotations: What can be searched for.
    """
    traces = list(dict.fromkeys(found for found in map(parse, headers) if found))
    own = current()
    links = [*traces[1:], *([own] if own else [])][:MAX_LINKS]
    document: dict[str, Any] = {"origin": "AWS::Lambda::Function"}
    if links:
        document["links"] = [{"trace_id": each.root, "id": each.parent} for each in links]
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "worker")
    with _recorded(traces[0] if traces else None, document, name, annotations) as noted:
        yield noted


@contextmanager
def _recorded(
    trace: Trace | None, document: dict[str, Any], name: str, annotations: Annotations
) -> Iterator[Annotations]:
    if trace is None:
        yield {}
        return
    own = secrets.token_hex(8)
    noted = dict(annotations)
    began = clock.now().timestamp()
    failed = True
    token = _current.set(Trace(trace.root, own))
    try:
        yield noted
        failed = False
    finally:
        _current.reset(token)
        with suppress(Exception):
            _send(
                document
                | _outcome(noted.get("status"), failed=failed)
                | {
                    "name": _REFUSED_IN_NAMES.sub("", name)[:MAX_TEXT],
                    "id": own,
                    "trace_id": trace.root,
                    "parent_id": trace.parent,
                    "start_time": began,
                    "end_time": clock.now().timestamp(),
                    "annotations": {
                        key: value[:MAX_TEXT] if isinstance(value, str) else value
                        for key, value in noted.items()
                    },
                }
            )


def _outcome(status: str | int | None, *, failed: bool) -> dict[str, bool]:
    if failed or (isinstance(status, int) and status >= 500):
        return {"fault": True}
    return {"error": True} if isinstance(status, int) and status >= 400 else {}


def _send(document: Mapping[str, Any]) -> None:
    host, _, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.setblocking(False)
        daemon.sendto(_PREAMBLE + msgspec.json.encode(document), (host, int(port)))

"""A cold container: one function is imported and, if it serves routes, answers its first request.

    python -m tests.support.cold_start auth.app.app POST /v1/auth/register '{"email": "…"}' ''

Prints as JSON what importing and answering each made. `_HANDLER` is for the caller to set, as
Lambda does. AWS is a function here, so that nothing else is in the process: moto would import boto3
and many modules of its own.
"""

import sys
import time
from importlib import import_module
from typing import Any
from unittest import mock

import msgspec

from tests.support import http_aws

MINUTES = 60


class Made(msgspec.Struct):
    """What was made meanwhile.

    Attributes:
        sessions: Number of botocore sessions.
        clients: Number of clients by service.
        files: How often botocore read a file of its data: `endpoints`, `sqs/2012-11-05/service-2`.
        calls: Requests that were sent to AWS, by operation.
        milliseconds: CPU time.
    """

    sessions: int = 0
    clients: dict[str, int] = {}
    files: dict[str, int] = {}
    calls: dict[str, int] = {}
    milliseconds: float = 0.0


class ColdStart(msgspec.Struct):
    """What importing the function and answering its first request made, and the status."""

    imported: Made
    answered: Made = msgspec.field(default_factory=Made)
    status: int = 0


def main(handler: str, *request: str) -> None:
    """Import the module of a handler, send it a request if there is one, and print what was made.

    Args:
        handler: Such as `auth.app.app`.
        *request: Method, path, body and cursor of a request.
    """
    started = time.process_time()
    watch = _Watch()
    module, _, attribute = handler.rpartition(".")
    app = getattr(import_module(module), attribute)
    cold = ColdStart(watch.take(started))
    if request:
        started = time.process_time()
        cold.status = app(_event(*request), None)["statusCode"]
        cold.answered = watch.take(started)
    print(msgspec.json.encode(cold).decode())


class _Watch:
    """Counts what botocore makes from now on."""

    def __init__(self) -> None:
        import botocore.httpsession  # noqa: PLC0415
        import botocore.loaders  # noqa: PLC0415
        import botocore.session  # noqa: PLC0415

        self._made = Made()
        session = botocore.session.Session
        real_init, real_create = session.__init__, session.create_client
        loader = botocore.loaders.JSONFileLoader
        real_load = loader.load_file

        def init(itself: Any, *args: Any, **options: Any) -> None:
            self._made.sessions += 1
            real_init(itself, *args, **options)

        def create_client(itself: Any, service: str, *args: Any, **options: Any) -> Any:
            _count(self._made.clients, service)
            return real_create(itself, service, *args, **options)

        def load_file(itself: Any, file_path: str) -> Any:
            found = real_load(itself, file_path)
            if found is not None:
                _count(self._made.files, file_path.partition("botocore/data/")[2])
            return found

        def send(_itself: Any, request: Any) -> Any:
            operation = http_aws.operation_of(request)
            _count(self._made.calls, operation)
            return http_aws.respond(request, http_aws.answer(operation, request))

        mock.patch.object(session, "__init__", init).start()
        mock.patch.object(session, "create_client", create_client).start()
        mock.patch.object(loader, "load_file", load_file).start()
        mock.patch.object(botocore.httpsession.URLLib3Session, "send", send).start()

    def take(self, started: float) -> Made:
        """Return what was made since the last time."""
        made, self._made = self._made, Made()
        made.milliseconds = (time.process_time() - started) * 1000
        return made


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _event(method: str, path: str, body: str, cursor: str) -> dict[str, Any]:
    caller = {
        "userId": "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB",
        "role": "artist",
        "email": "ada@example.com",
        "sessionId": "ses_01JD2ZK5V7M0Q4X8T6N3R9W1YB",
        "expiresAt": str(int(time.time()) + 15 * MINUTES),
    }
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": {"cursor": [cursor]} if cursor else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/api{path}",
            "stage": "api",
            "requestId": "9e5bda09-fdec-43a7-acaa-53cbdd570ea3",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "tests"},
            "authorizer": caller,
        },
        "body": body or None,
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Requests of the people in the demo data.

They go to the functions as API Gateway would send them, with a person as their caller. They need
neither a key nor a login, so they leave the budgets of this machine's address alone.
"""

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

import boto3

from infra.local.settings import HOST, StackError

TOKEN_SECONDS = 900
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.25
# How a feature answers until an event has told it of a person, a file or an appointment.
NOT_YET = frozenset(
    {
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


# Codes of refusals that no event changes.
_TAKEN = frozenset({"slot_taken", "slot_unavailable"})


class Refused(StackError):
    """The answer to a request is an error."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def is_taken(self) -> bool:
        """Whether somebody else has booked the time."""
        return self.code in _TAKEN

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed once a feature knows what it is about."""
        return self.status in NOT_YET and not self.is_taken


@dataclass(frozen=True)
class Caller:
    """A person, and the functions behind the API."""

    session: boto3.Session
    prefix: str
    id: str
    email: str
    role: str

    @cached_property
    def _functions(self) -> Any:
        return self.session.client("lambda")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        of: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:
        """Send a request to a route, such as `/v1/quick-actions/{id}`; return the decoded body.

        Args:
            method: Its method.
            path: The path of the route, with the names of its parameters.
            body: Its body.
            of: The parameters of the path.
            query: The query.

        Raises:
            Refused: The answer is an error.
        """
        answer = self._functions.invoke(
            FunctionName=f"{self.prefix}{_feature(path)}-api",
            Payload=json.dumps(self._event(method, path, body, of or {}, query or {})),
        )
        response = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise StackError(f"Demo data: {method} {path} failed: {response}")
        if response["statusCode"] >= HTTPStatus.BAD_REQUEST:
            message = f"Demo data: {method} {path} was refused: {response['body']}"
            code = json.loads(response["body"]).get("code", "")
            raise Refused(message, response["statusCode"], code)
        return json.loads(response["body"] or "null")

    def until(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request again while a feature may not know yet what it is about.

        Raises:
            Refused: The answer is another error, or still one after a minute.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.send(method, path, body, **options)
            except Refused as error:
                if not error.may_pass or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE_SECONDS)

    def _event(
        self,
        method: str,
        path: str,
        body: Any,
        parameters: dict[str, str],
        query: dict[str, str],
    ) -> dict[str, Any]:
        actual_path = path.format(**parameters)
        encoded = json.dumps(body) if body is not None else None
        # One of the body, so that whoever repeats what was interrupted makes nothing twice.
        key = "demo-" + hashlib.sha256((encoded or "").encode()).hexdigest()[:32]
        return {
            "resource": path,
            "path": actual_path,
            "httpMethod": method,
            "headers": {"content-type": "application/json", "idempotency-key": key},
            "multiValueHeaders": {},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [each] for name, each in query.items()}
            or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": path,
                "httpMethod": method,
                "path": f"/api{actual_path}",
                "stage": "api",
                "requestId": str(uuid.uuid4()),
                "identity": {"sourceIp": HOST, "userAgent": "make up"},
                "authorizer": {
                    "userId": self.id,
                    "email": self.email,
                    "role": self.role,
                    "sessionId": "ses_make_up",
                    "authTime": str(time.time()),
                    "expiresAt": str(time.time() + TOKEN_SECONDS),
                },
            },
            "body": encoded,
            "isBase64Encoded": False,
        }


def _feature(path: str) -> str:
    first = path.split("/")[2]
    return "messaging" if first == "messages" else first

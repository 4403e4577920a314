"""Demo data: availability, a service and a page of the demo artist.

The requests go to the functions as API Gateway would send them, with the artist as their caller.
They need neither a key nor a login, so they leave the budgets of this machine's address alone.
"""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import boto3

from infra.local.settings import HOST, StackError

# Those that the data is put into.
FEATURES = frozenset({"appointments", "profiles", "quick-actions"})
TOKEN_SECONDS = 900
AVAILABILITY = {
    "timeZone": "Europe/Berlin",
    "weekly": {
        day: [{"start": "10:00", "end": "13:00"}, {"start": "14:00", "end": "18:00"}]
        for day in ("tuesday", "wednesday", "thursday", "friday", "saturday")
    },
}
SERVICE = {
    "name": "Small tattoo",
    "description": "Up to the size of a hand, black ink.",
    "location": "Hauptstrasse 1, Berlin",
    "durationMinutes": 90,
    "bufferAfterMinutes": 15,
    "price": {"amount": 18000, "currency": "EUR"},
}
PAGE = {
    "handle": "ari.ink",
    "businessName": "Ari Ink",
    "bio": "Fine lines and small blackwork in Berlin, by appointment.",
    "styles": ["fine-line", "blackwork"],
    "tags": ["botanical", "small"],
    "address": "Hauptstrasse 1, Berlin",
    "city": "Berlin",
    "coordinates": {"lat": 52.4836, "lon": 13.3533},
    "timeZone": "Europe/Berlin",
    "languages": ["de", "en"],
    "listed": True,
}


def open_books(session: boto3.Session, prefix: str, artist: dict[str, str]) -> None:
    """Give the artist availability, a service, a one-tap action and a page.

    The page comes last, so an artist who has one needs nothing else.

    Raises:
        StackError: A function refused a request.
    """
    request = ArtistRequests(session, prefix, artist).send
    page = request("profiles", "GET", "/v1/profiles/me/page")
    if page.get("handle"):
        return
    request("appointments", "PUT", "/v1/appointments/availability", AVAILABILITY)
    request("appointments", "POST", "/v1/appointments/services", SERVICE)
    price_list = {"id": "sys_price_list"}
    request("quick-actions", "PATCH", "/v1/quick-actions/{id}", {"oneTap": True}, price_list)
    own = {"version": page["version"], **PAGE}
    request("profiles", "PATCH", "/v1/profiles/me/page", own)


@dataclass(frozen=True)
class ArtistRequests:
    """Requests of one artist to the functions behind the API."""

    session: boto3.Session
    prefix: str
    artist: dict[str, str]

    def send(
        self,
        feature: str,
        method: str,
        path: str,
        body: Any = None,
        path_parameters: dict[str, str] | None = None,
    ) -> Any:
        """Send a request to a route, such as `/v1/quick-actions/{id}`; return the decoded body.

        Raises:
            StackError: The answer is an error.
        """
        answer = self.session.client("lambda").invoke(
            FunctionName=f"{self.prefix}{feature}-api",
            Payload=json.dumps(self._event(method, path, body, path_parameters)),
        )
        response = json.load(answer["Payload"])
        if "FunctionError" in answer or response["statusCode"] >= 400:
            raise StackError(f"The demo artist's books: {method} {path} failed: {response}")
        return json.loads(response["body"] or "null")

    def _event(
        self, method: str, path: str, body: Any, path_parameters: dict[str, str] | None
    ) -> dict[str, Any]:
        actual_path = path.format(**path_parameters or {})
        return {
            "resource": path,
            "path": actual_path,
            "httpMethod": method,
            # Whoever repeats an interrupted `make up` makes no second service.
            "headers": {"content-type": "application/json", "idempotency-key": "demo"},
            "multiValueHeaders": {},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": path_parameters,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": path,
                "httpMethod": method,
                "path": f"/api{actual_path}",
                "stage": "api",
                "requestId": str(uuid.uuid4()),
                "identity": {"sourceIp": HOST, "userAgent": "make up"},
                "authorizer": {
                    "userId": self.artist["id"],
                    "email": self.artist["email"],
                    "role": "artist",
                    "sessionId": "ses_make_up",
                    "expiresAt": str(time.time() + TOKEN_SECONDS),
                },
            },
            "body": json.dumps(body) if body is not None else None,
            "isBase64Encoded": False,
        }

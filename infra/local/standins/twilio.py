"""Part of Twilio's REST API: sending text messages and reading their status.

It answers below /twilio as api.twilio.com does, so that the twilio SDK needs only another base URL:
`client.api.base_url = "http://127.0.0.1:8025/twilio"`.
https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import base64
import http.client
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import unescape

import msgspec

from infra.local.standins import status_callbacks, twilio_rules
from infra.local.standins.deliveries import API_VERSION, Deliveries
from infra.local.standins.faults import Faults
from infra.local.standins.http import (
    Problem,
    Request,
    Response,
    Route,
    decode_json,
    json_response,
    reason,
)
from infra.local.standins.messages import Message, Messages
from infra.local.standins.text_messages import TextMessage, TextMessages
from infra.local.standins.twilio_rules import TwilioError

# What development uses instead of an account. The number is Twilio's own for a valid sender.
DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000000"
DEFAULT_AUTH_TOKEN = "00000000000000000000000000000000"  # noqa: S105 (it opens only the stand-in)
DEFAULT_PHONE_NUMBER = "+15005550006"


# TwiML is XML, but we make no document of it: the answers are all that counts here.
_ANSWERS = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `PUT /twilio/webhook`: the URL that incoming messages are posted to."""

    url: str


class IncomingMessage(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"sender": "from", "recipient": "to"},
):
    """Body of `POST /twilio/inbound`: a message that somebody sends to a number of the account.

    Attributes:
        sid: Id of the message, to send the same one again.
    """

    sender: str
    body: str
    recipient: str = DEFAULT_PHONE_NUMBER
    sid: str | None = None


class Twilio:
    """Account whose messages appear in the inbox at once and are `delivered` soon after."""

    def __init__(
        self,
        text_messages: TextMessages,
        deliveries: Deliveries,
        messages: Messages,
        faults: Faults,
        *,
        account_sid: str,
        auth_token: str,
    ) -> None:
        self._auth_token = auth_token
        self._text_messages = text_messages
        self._deliveries = deliveries
        self._messages = messages
        self._faults = faults
        self._account_sid = account_sid
        credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._authorization = f"Basic {credentials}"

    def routes(self) -> list[Route]:
        """Return Twilio's own paths, and ours: who stopped, the webhook, and messages to us."""
        resource = f"/twilio/{API_VERSION}/Accounts/{{account}}/Messages"
        return [
            Route("POST", f"{resource}.json", self._as_twilio(self._create)),
            Route("GET", f"{resource}.json", self._as_twilio(self._list)),
            Route("GET", f"{resource}/{{sid}}.json", self._as_twilio(self._fetch)),
            Route("PUT", "/twilio/stopped/{number}", self._stop),
            Route("DELETE", "/twilio/stopped/{number}", self._start),
            Route("PUT", "/twilio/webhook", self._set_webhook),
            Route("POST", "/twilio/inbound", self._receive),
        ]

    def _as_twilio(self, handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """Wrap a handler in Twilio's authentication and errors."""

        def answer(request: Request) -> Response:
            try:
                if request.headers.get("Authorization") != self._authorization:
                    raise TwilioError(401, 20003, "Authenticate")
                if request.params["account"] != self._account_sid:
                    raise twilio_rules.not_found(request.params["account"])
                return handler(request)
            except TwilioError as error:
                return error.response()

        return answer

    def _create(self, request: Request) -> Response:
        self._suffer_fault()
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        twilio_rules.check(form)
        if self._text_messages.has_stopped(form["To"]):
            raise twilio_rules.unsubscribed()
        accepted = self._text_messages.add(
            form["To"], form["From"], form["Body"], form.get("StatusCallback")
        )
        self._messages.add(
            Message(
                channel="sms",
                to=accepted.recipient,
                sender=accepted.sender,
                text=accepted.body,
                reference=accepted.sid,
                headers=request.lower_case_headers(without=["authorization"]),
            )
        )
        self._deliveries.deliver(accepted)
        return json_response(self._resource(accepted), 201)

    def _suffer_fault(self) -> None:
        fault = self._faults.suffer("sms")
        if fault is not None and fault.status is not None:
            # Twilio's general codes are the HTTP status after 20: 20404, 20429, 20500.
            code, words = 20000 + fault.status, reason(fault.status)
            raise TwilioError(fault.status, code, words, retry_after=fault.retry_after)

    def _list(self, request: Request) -> Response:
        found = self._text_messages.find(request.query.get("To"), request.query.get("From"))
        # All of them on one page, whatever PageSize asks for.
        page = {"messages": [self._resource(each) for each in found], "next_page_uri": None}
        return json_response(page)

    def _fetch(self, request: Request) -> Response:
        found = self._text_messages.get(request.params["sid"])
        if found is None:
            raise twilio_rules.not_found(request.params["sid"])
        return json_response(self._resource(found))

    def _stop(self, request: Request) -> Response:
        self._text_messages.stop(_phone_number(request))
        return Response(204)

    def _start(self, request: Request) -> Response:
        self._text_messages.start(_phone_number(request))
        return Response(204)

    def _set_webhook(self, request: Request) -> Response:
        self._text_messages.set_webhook(decode_json(request.body, Webhook).url)
        return Response(204)

    def _receive(self, request: Request) -> Response:
        """Post a message of somebody to the webhook, and send them its answer."""
        incoming = decode_json(request.body, IncomingMessage)
        url = self._text_messages.webhook()
        if url is None:
            raise Problem(409, "PUT /twilio/webhook first.")
        sid = incoming.sid or f"SM{uuid.uuid4().hex}"
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "From": incoming.sender,
            "To": incoming.recipient,
            "Body": incoming.body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        self._keep(incoming.recipient, incoming.sender, incoming.body, "received")
        try:
            status, body = status_callbacks.post(url, form, self._auth_token)
        except (OSError, http.client.HTTPException) as error:
            raise Problem(502, f"{url} failed: {error!r}") from None
        for answer in _ANSWERS.findall(body) if status == HTTPStatus.OK else ():
            self._keep(incoming.sender, incoming.recipient, unescape(answer), None)
        return json_response({"sid": sid, "status": status, "body": body})

    def _keep(self, to: str, sender: str, text: str, status: str | None) -> None:
        self._messages.add(
            Message(channel="sms", to=to, sender=sender, text=text, headers={}, status=status)
        )

    def _resource(self, message: TextMessage) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self._account_sid}/Messages/{message.sid}"
        is_sent = message.status != "queued"
        last, error_code = twilio_rules.find_end(message.recipient)
        return {
            "sid": message.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "to": message.recipient,
            "from": message.sender,
            "body": message.body,
            "status": message.status,
            "direction": "outbound-api",
            "date_created": _rfc2822(message.created_at),
            "date_updated": _rfc2822(message.updated_at),
            "date_sent": _rfc2822(message.updated_at) if is_sent else None,
            "error_code": error_code if message.status == last else None,
            "error_message": None,
            "messaging_service_sid": None,
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "uri": f"{uri}.json",
        }


def _phone_number(request: Request) -> str:
    number = request.params["number"]
    if not twilio_rules.E164.fullmatch(number):
        detail = "Not a phone number in E.164 form, such as +15551234567."
        raise Problem(422, detail, field="path.number")
    return number


def _rfc2822(timestamp: str) -> str:
    return format_datetime(datetime.fromisoformat(timestamp))

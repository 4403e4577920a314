"""Part of Vonage's SMS API: sending text messages, which appear in the inbox at once.

It answers below /vonage as rest.nexmo.com does. Faults of Twilio do not hit it, so that what Twilio
cannot take arrives through it. https://developer.vonage.com/en/api/sms
"""

from __future__ import annotations

import itertools
import re
from urllib.parse import parse_qsl

from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.messages import Message, Messages

_NUMBER = re.compile(r"[1-9]\d{6,14}")  # E.164, without the plus sign


class Vonage:
    """Account that any key and secret open."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._ids = itertools.count(1)

    def routes(self) -> list[Route]:
        """Return Vonage's path."""
        return [Route("POST", "/vonage/sms/json", self._send)]

    def _send(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        if not request.headers.get("Authorization", "").startswith("Basic "):
            return _answer({"status": "4", "error-text": "Bad Credentials"})
        if not all(form.get(name) for name in ("from", "to", "text")):
            return _answer({"status": "2", "error-text": "Missing parameters"})
        if not _NUMBER.fullmatch(form["to"]):
            return _answer({"status": "3", "error-text": "Invalid value for param: to"})
        recipient = f"+{form['to']}"
        self._messages.add(
            Message(
                channel="sms",
                to=recipient,
                sender=form["from"],
                text=form["text"],
                headers=request.lower_case_headers(without=["authorization"]),
            )
        )
        return _answer({"to": form["to"], "message-id": f"{next(self._ids):016X}", "status": "0"})


def _answer(part: dict[str, str]) -> Response:
    return json_response({"message-count": "1", "messages": [part]})

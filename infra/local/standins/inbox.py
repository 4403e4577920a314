"""Inbox for people (a page) and for tests (JSON), and the switches for faults."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import get_args

import msgspec

from infra.local.standins.faults import Fault, Faults
from infra.local.standins.http import (
    Request,
    Response,
    Route,
    convert,
    decode_json,
    json_response,
)
from infra.local.standins.messages import Channel, Messages
from infra.local.standins.text_messages import TextMessages


class MessageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Query of `GET /messages`; both fields are optional."""

    channel: Channel | None = None
    to: str | None = None


class ChannelPath(msgspec.Struct, frozen=True):
    """Path of `/faults/{channel}`."""

    channel: Channel


class Inbox:
    """Routes that belong to no provider."""

    def __init__(self, messages: Messages, faults: Faults, text_messages: TextMessages) -> None:
        self._messages = messages
        self._text_messages = text_messages
        self._faults = faults
        self._page = _page()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("GET", "/", lambda _: self._page),
            Route("GET", "/health", lambda _: json_response({"status": "ok"})),
            Route("GET", "/messages", self._list_messages),
            Route("DELETE", "/messages", self._clear_messages),
            Route("GET", "/faults", self._list_faults),
            Route("DELETE", "/faults", self._clear_faults),
            Route("PUT", "/faults/{channel}", self._put_fault),
            Route("DELETE", "/faults/{channel}", self._clear_fault),
        ]

    def _list_messages(self, request: Request) -> Response:
        query = convert(request.query, MessageQuery, "query")
        found = self._messages.find(query.channel, query.to)
        statuses = self._text_messages.statuses()
        response = json_response(
            [
                msgspec.structs.replace(each, status=statuses[each.reference])
                if each.reference in statuses
                else each
                for each in found
            ]
        )
        # The page asks every second; most of the time this spares it the same list again.
        etag = f'"{hashlib.sha256(response.body).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(304, headers={"ETag": etag})
        return Response(200, response.body, {**response.headers, "ETag": etag})

    def _clear_messages(self, _: Request) -> Response:
        self._messages.clear()
        return Response(204)

    def _list_faults(self, _: Request) -> Response:
        return json_response(self._faults.all())

    def _put_fault(self, request: Request) -> Response:
        path = convert(request.params, ChannelPath, "path")
        fault = decode_json(request.body, Fault)
        self._faults.put(path.channel, fault)
        return json_response(fault)

    def _clear_faults(self, _: Request) -> Response:
        self._faults.clear(*get_args(Channel))
        return Response(204)

    def _clear_fault(self, request: Request) -> Response:
        self._faults.clear(convert(request.params, ChannelPath, "path").channel)
        return Response(204)


def _page() -> Response:
    html = (resources.files(__package__) / "inbox.html").read_bytes()
    script = re.search(rb"<script>(.*?)</script>", html, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1]).digest()).decode()
    # Only the page's own script runs and nothing is fetched from elsewhere. The frame that shows
    # the HTML of a mail inherits this policy, so it keeps its inline styles and nothing else.
    policy = (
        "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
    }
    return Response(200, html, headers)

"""Delivery of text messages after Twilio accepted them, with a callback for each status.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import http.client
import sys
import threading

from infra.local.standins import status_callbacks, twilio_rules
from infra.local.standins.text_messages import Status, TextMessage, TextMessages

API_VERSION = "2010-04-01"


class Deliveries:
    """Background delivery, so that the response to the sender never waits for a callback."""

    def __init__(self, text_messages: TextMessages, *, account_sid: str, auth_token: str) -> None:
        self._text_messages = text_messages
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._lock = threading.Lock()
        self._closed = False

    def resume(self) -> None:
        """Continue with messages that an earlier process accepted and did not deliver."""
        for message in self._text_messages.undelivered():
            self.deliver(message)

    def deliver(self, message: TextMessage) -> None:
        """Start the delivery and return at once."""
        threading.Thread(target=self._deliver, args=(message,), daemon=True).start()

    def close(self) -> None:
        """Stop changing statuses. A callback that is running is not waited for."""
        with self._lock:
            self._closed = True

    def _deliver(self, message: TextMessage) -> None:
        last, error_code = twilio_rules.find_end(message.recipient)
        statuses: tuple[Status, ...] = ("queued", "sent", last)
        for status in statuses[statuses.index(message.status) :]:
            with self._lock:
                if self._closed:
                    return
                self._text_messages.set_status(message.sid, status)
            if message.status_callback:
                code = error_code if status == last else None
                self._call_back(message.status_callback, message, status, code)

    def _call_back(
        self, url: str, message: TextMessage, status: Status, error_code: int | None
    ) -> None:
        form = {
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "To": message.recipient,
            "From": message.sender,
        }
        if error_code is not None:
            form["ErrorCode"] = str(error_code)
        try:
            outcome = f"answered {status_callbacks.post(url, form, self._auth_token)[0]}"
        except (OSError, http.client.HTTPException) as error:
            outcome = f"failed: {error!r}"
        print(f"Status callback {status} to {url} {outcome}", file=sys.stderr, flush=True)

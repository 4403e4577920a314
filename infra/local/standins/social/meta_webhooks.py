r"""What Meta posts to an app: webhooks of messages, deauthorize and data deletion callbacks.

Bodies are ASCII with `\/` for a slash, as Meta writes them: a signature covers these bytes and no
other way to write the same JSON.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/instagram-platform/webhooks/examples
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from infra.local.standins import base64url
from infra.local.standins.http import Problem
from infra.local.standins.social import outgoing
from infra.local.standins.social.kept import Clock
from infra.local.standins.social.meta_login import FACEBOOK_APP_ID, secret_of
from infra.local.standins.social.meta_state import Account, DirectMessage, MetaState, Platform
from infra.local.standins.social.outgoing import Delivery, Outgoing

_OBJECTS: dict[Platform, str] = {"instagram": "instagram", "facebook": "page"}
_CHALLENGE = "1158201444"


class MetaWebhooks:
    """Signed posts to the URLs that the app registered."""

    def __init__(self, clock: Clock, requests: Outgoing) -> None:
        self._clock = clock
        self._requests = requests

    def verify(self, url: str, verify_token: str) -> None:
        """Ask a URL whether it expects webhooks. Raises Problem when it does not echo.

        The query is `hub.mode`, `hub.verify_token` and `hub.challenge`.
        """
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": _CHALLENGE,
            "hub.verify_token": verify_token,
        }
        status, body = outgoing.call("GET", f"{url}?{urlencode(query)}", {}, b"")
        if status != 200 or body != _CHALLENGE:
            detail = f"The URL couldn't be validated: it answered {status} {body[:200]!r}."
            raise Problem(409, detail, field="body.url")

    def message(self, state: MetaState, message: DirectMessage) -> list[Delivery]:
        """Post a message, or the echo of one that the account sent."""
        content: dict[str, Any] = {"mid": message.mid}
        if message.is_deleted:
            content["is_deleted"] = True
        else:
            if message.text is not None:
                content["text"] = message.text
            if message.attachments:
                content["attachments"] = message.attachments
        account = state.accounts[message.account]
        if not message.from_guest:
            content["is_echo"] = True
            if message.by_app and account.platform == "facebook":
                content["app_id"] = int(FACEBOOK_APP_ID)
                if message.metadata is not None:
                    content["metadata"] = message.metadata
        field = "messages"
        if not message.from_guest and account.platform == "facebook":
            field = "message_echoes"
        return self._post(state, account, message, field, {"message": content})

    def delivered(self, state: MetaState, message: DirectMessage) -> list[Delivery]:
        """Post that a message was delivered; only Messenger does."""
        event = {"delivery": {"mids": [message.mid], "watermark": self._clock.milliseconds()}}
        account = state.accounts[message.account]
        return self._post(state, account, message, "message_deliveries", event, from_guest=True)

    def read(self, state: MetaState, message: DirectMessage) -> list[Delivery]:
        """Post that a message was read: by its id on Instagram, by a watermark on Messenger."""
        account = state.accounts[message.account]
        if account.platform == "instagram":
            event: dict[str, Any] = {"read": {"mid": message.mid}}
            field = "messaging_seen"
        else:
            event = {"read": {"watermark": self._clock.milliseconds()}}
            field = "message_reads"
        return self._post(state, account, message, field, event, from_guest=True)

    def raw(self, state: MetaState, platform: Platform, body: Any, secret: str = "") -> Delivery:
        """Post any body, signed with a secret, the app's by default."""
        return self._send(state, platform, body, secret or secret_of(platform))

    def signed_request(
        self, state: MetaState, platform: Platform, kind: str, subject: str, secret: str = ""
    ) -> Delivery:
        """Post a signed request to the callback `deauthorize` or `data_deletion`."""
        payload = {
            "algorithm": "HMAC-SHA256",
            "issued_at": int(self._clock.now()),
            "user_id": subject,
        }
        encoded = base64url.encode(json.dumps(payload).encode())
        key = (secret or secret_of(platform)).encode()
        signature = hmac.new(key, encoded.encode(), hashlib.sha256).digest()
        form = {"signed_request": f"{base64url.encode(signature)}.{encoded}"}
        return self._requests.add(
            Delivery(
                provider=platform,
                url=state.callbacks.get(f"{platform}.{kind}", ""),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form),
            )
        )

    def _post(
        self,
        state: MetaState,
        account: Account,
        message: DirectMessage,
        field: str,
        event: dict[str, Any],
        *,
        from_guest: bool | None = None,
    ) -> list[Delivery]:
        if field not in account.fields:
            return []
        from_guest = message.from_guest if from_guest is None else from_guest
        sender, recipient = message.guest, message.account
        if not from_guest:
            sender, recipient = recipient, sender
        entry = {
            "time": self._clock.milliseconds(),
            "id": account.id,
            "messaging": [
                {
                    "sender": {"id": sender},
                    "recipient": {"id": recipient},
                    "timestamp": message.at,
                    **event,
                }
            ],
        }
        body = {"object": _OBJECTS[account.platform], "entry": [entry]}
        return [self._send(state, account.platform, body, secret_of(account.platform))]

    def _send(self, state: MetaState, platform: Platform, body: Any, secret: str) -> Delivery:
        text = json.dumps(body, separators=(",", ":")).replace("/", "\\/")
        digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        url = state.webhooks.get(platform, "")
        return self._requests.add(Delivery(provider=platform, url=url, headers=headers, body=text))

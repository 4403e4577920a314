"""Messages by the Messenger Platform and the Instagram messaging API.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
https://developers.facebook.com/docs/messenger-platform/conversations
https://developers.facebook.com/docs/messenger-platform/identity/user-profile
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api

Sending is not idempotent there. Facebook repeats a reference of ours in the echo of a message
(`metadata`), Instagram does not; so what was perhaps sent is looked for in the conversation.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from domain import text
from shared.platform.outside_calls import Answer
from social.models import ProviderId
from social.models.messages import FailureReason
from social.providers import calls, graph_answers
from social.rules import usage
from social.rules.graph_errors import GraphError

MAX_TEXT_BYTES = 1000  # of Instagram, in UTF-8; Messenger takes 2,000 characters
LISTED_MESSAGES = 20
_RESPONSE, _TAGGED, _HUMAN_AGENT = "RESPONSE", "MESSAGE_TAG", "HUMAN_AGENT"
_PROFILE_FIELDS = {
    ProviderId.INSTAGRAM: "name,username,profile_pic",
    ProviderId.FACEBOOK: "first_name,last_name,profile_pic",
}
_REASONS = {
    GraphError.WINDOW_CLOSED: FailureReason.WINDOW_CLOSED,
    GraphError.NOT_RECEIVING: FailureReason.BLOCKED_BY_PLATFORM,
    GraphError.LIMITED: FailureReason.RATE_LIMITED,
    GraphError.TOKEN_INVALID: FailureReason.NEEDS_RECONNECT,
    GraphError.UNAUTHORIZED: FailureReason.NEEDS_RECONNECT,
    GraphError.NOT_PERMITTED: FailureReason.NEEDS_RECONNECT,
}

Decoded = TypeVar("Decoded")


class SendFailed(Exception):
    """The provider did not take a message, or nobody knows whether it did.

    Attributes:
        reason: Why, if the same call would fail again; None if it may succeed.
        was_sent: Whether the provider may have taken it after all.
        pause: For how long the provider asks not to call again.
    """

    def __init__(
        self,
        reason: FailureReason | None,
        *,
        was_sent: bool = False,
        pause: timedelta = timedelta(),
    ) -> None:
        super().__init__(reason or "temporary")
        self.reason = reason
        self.was_sent = was_sent
        self.pause = pause


class Sent(msgspec.Struct, frozen=True):
    """What the provider says of a message that it took.

    Attributes:
        mid: Its id.
        pause: For how long the provider asks not to call again.
    """

    mid: str
    pause: timedelta


class Outgoing(msgspec.Struct, frozen=True):
    """What is sent in one call: a text, or a file.

    Attributes:
        url: Address at which the provider gets the file, for a short time.
        kind: `image`, `video` or `file`.
        reference: What the provider repeats in the echo, where it does.
        is_tagged: Whether a person answers after the first window.
    """

    recipient: str
    text: str | None = None
    url: str | None = None
    kind: str = "file"
    reference: str = ""
    is_tagged: bool = False


class FoundMessage(msgspec.Struct, frozen=True):
    """A message of a conversation, as the provider has it.

    Attributes:
        is_own: Whether the account wrote it.
        text: Its text; empty where there is none.
        has_attachments: Whether something is attached.
    """

    mid: str
    is_own: bool
    text: str
    has_attachments: bool
    created_at: datetime


class GuestProfile(msgspec.Struct, frozen=True):
    """A person, as the provider shows them to an account they wrote to."""

    name: str
    handle: str | None
    picture_url: str | None


class _Taken(msgspec.Struct, frozen=True):
    message_id: str


class _Person(msgspec.Struct, frozen=True):
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    profile_pic: str | None = None


class _Sender(msgspec.Struct, frozen=True):
    id: str = ""


class _Listed(msgspec.Struct, frozen=True):
    id: str
    created_time: str
    message: str = ""
    sender: _Sender = msgspec.field(name="from", default=_Sender())
    attachments: dict[str, Any] | None = None


class _Messages(msgspec.Struct, frozen=True):
    data: tuple[_Listed, ...] = ()


class _Conversation(msgspec.Struct, frozen=True):
    messages: _Messages = _Messages()


class _Conversations(msgspec.Struct, frozen=True):
    data: tuple[_Conversation, ...] = ()


class Messaging:
    """Messages of one account.

    Args:
        api_url: Base URL of the Graph API, with its version.
        provider: The provider.
        subject: Id of the account there.
        token: Its access token.
    """

    def __init__(self, api_url: str, provider: ProviderId, subject: str, token: str) -> None:
        self._api_url = api_url.rstrip("/")
        self._provider = provider
        self._subject = subject
        self._token = token

    def send(self, outgoing: Outgoing, now: datetime) -> Sent:
        """Send a message.

        Raises:
            SendFailed: The provider refused it, or it is unknown whether it took it.
            ProviderFailed: The provider was not reached, or does not work.
        """
        url = f"{self._api_url}/{self._subject}/messages"
        answer = calls.send("POST", url, token=self._token, json=self._compose(outgoing))
        pause = usage.find_pause(answer.headers, now)
        if answer.status >= 400:
            raise _fail(answer, pause)
        taken = _decode(answer, _Taken)
        if taken is None:
            raise SendFailed(None, was_sent=True)
        return Sent(taken.message_id, pause)

    def list_messages(self, guest_user_id: str, now: datetime) -> list[FoundMessage]:
        """List the newest messages of the conversation with a guest, in no particular order.

        Raises:
            SendFailed: The provider refused it.
            ProviderFailed: The provider was not reached, or does not work.
        """
        fields = f"messages.limit({LISTED_MESSAGES}){{id,created_time,from,message,attachments}}"
        platform = "instagram" if self._provider is ProviderId.INSTAGRAM else "messenger"
        query = {"platform": platform, "user_id": guest_user_id, "fields": fields}
        answer = calls.send(
            "GET", f"{self._api_url}/{self._subject}/conversations", token=self._token, query=query
        )
        if answer.status >= 400:
            raise _fail(answer, usage.find_pause(answer.headers, now))
        found = _decode(answer, _Conversations) or _Conversations()
        return [
            FoundMessage(
                mid=each.id,
                is_own=each.sender.id == self._subject,
                text=each.message,
                has_attachments=bool((each.attachments or {}).get("data")),
                created_at=_read_time(each.created_time, now),
            )
            for conversation in found.data
            for each in conversation.messages.data
        ]

    def get_profile(self, guest_user_id: str, now: datetime) -> GuestProfile | None:
        """Return the profile of a guest; None if the provider does not show it.

        Raises:
            SendFailed: There were too many calls, or the token is not valid.
            ProviderFailed: The provider was not reached, or does not work.
        """
        query = {"fields": _PROFILE_FIELDS[self._provider]}
        answer = calls.send(
            "GET", f"{self._api_url}/{guest_user_id}", token=self._token, query=query
        )
        if answer.status >= 400:
            failed = _fail(answer, usage.find_pause(answer.headers, now))
            if failed.reason is FailureReason.RATE_LIMITED:
                raise failed
            return None
        person = _decode(answer, _Person)
        if person is None:
            return None
        name = person.name or f"{person.first_name} {person.last_name}"
        return GuestProfile(_clean(name), _clean(person.username) or None, person.profile_pic)

    def _compose(self, outgoing: Outgoing) -> dict[str, Any]:
        message: dict[str, Any]
        if outgoing.url is not None:
            payload = {"url": outgoing.url}
            message = {"attachment": {"type": outgoing.kind, "payload": payload}}
        else:
            message = {"text": outgoing.text}
        if outgoing.reference and self._provider is ProviderId.FACEBOOK:
            message["metadata"] = outgoing.reference
        body: dict[str, Any] = {"recipient": {"id": outgoing.recipient}, "message": message}
        if outgoing.is_tagged:
            body |= {"messaging_type": _TAGGED, "tag": _HUMAN_AGENT}
        else:
            body["messaging_type"] = _RESPONSE
        return body


def find_reason(error: GraphError) -> FailureReason | None:
    """Return why an error keeps a message from its guest; None if the same call may succeed."""
    if error in (GraphError.TEMPORARY, GraphError.UNKNOWN):
        return None
    return _REASONS.get(error, FailureReason.REJECTED)


def _fail(answer: Answer, pause: timedelta) -> SendFailed:
    return SendFailed(find_reason(graph_answers.read_refusal(answer).error), pause=pause)


def _decode(answer: Answer, model: type[Decoded]) -> Decoded | None:
    try:
        return msgspec.json.decode(answer.body, type=model)
    except msgspec.MsgspecError:
        return None


def _clean(name: str | None) -> str:
    """Return a name as one line, by the rule of all texts."""
    return " ".join(text.clean(name or "").split())


def _read_time(text: str, now: datetime) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return now

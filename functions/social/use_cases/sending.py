"""Sending: messages to guests leave in order, within the budget of their account, and each once.

One worker at a time sends for an account, under a lease in the table. It sends all that waits, the
oldest first; a guest whose message has to wait gets none of the later ones before it.

The platforms' send call is not idempotent. So each call is announced in the table, and what was
announced and has no result is looked for in the conversation before it is sent again. Nothing is
lost, because the order of a message comes back until it is sent or has failed (docs/adr/0069).
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from domain.errors import Unavailable
from shared.data import file_links
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import queues
from shared.events.queues import RetryLater
from shared.platform import correlation
from shared.platform.logs import logger
from social.models import Capability, SocialAccount
from social.models.messages import FailureReason, MessageStatus, OutgoingMessage, OutgoingPart
from social.providers import breaker
from social.providers.breaker import Breaker
from social.providers.failures import ProviderError, ProviderFailed, TokenRefused
from social.providers.meta_messaging import Messaging, Outgoing, SendFailed
from social.rules import reply_windows, sending_budget, usage
from social.rules.errors import NeedsReconnect
from social.rules.guest_ids import derive_message_key
from social.rules.sending_budget import Sender
from social.store import accounts as accounts_store
from social.store import conversations
from social.store import outgoing as store
from social.use_cases import account_health, message_providers, replies
from social.use_cases.replies import QUEUE, SendingOrder

Clock = Callable[[], datetime]

RETRY_BASE_SECONDS = 2
MAX_PAUSE_SECONDS = 900
NEEDED_SECONDS = 15  # for one call of the provider, and what follows
# Then a message fails and its order becomes a dead letter, which an operator can send again.
PATIENCE = timedelta(hours=6)
AGAIN_AFTER_LEASE_SECONDS = 1
# Before that, the provider may not show a message that it took.
SETTLED_AFTER = timedelta(seconds=10)
# A clock of the provider's may be behind ours by this much.
CLOCK_SKEW = timedelta(seconds=60)
# Failed for a while, as opposed to for good.
_PASSING = {FailureReason.RATE_LIMITED, FailureReason.NOT_REACHABLE}


class _Wait(Exception):
    """A message has to wait.

    Attributes:
        seconds: At least for how long.
        is_for_all: Whether all messages of the account have to.
        reason: What is said if it waits for too long.
    """

    def __init__(
        self,
        seconds: float,
        *,
        is_for_all: bool,
        reason: FailureReason = FailureReason.NOT_REACHABLE,
    ) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.is_for_all = is_for_all
        self.reason = reason


def handle(order: SendingOrder, clock: Clock, has_time: Callable[[], bool]) -> None:
    """Send what waits for an account, and settle the message that the order is about.

    Args:
        order: The order.
        clock: Returns the present.
        has_time: Whether enough time is left for one more call of the provider.

    Raises:
        RetryLater: The message has to wait.
    """
    message = store.find_message(order.account_id, order.message_id)
    if message is None or not _may_be_sent(message, clock()):
        return
    sender = _lease(order.account_id, clock())
    run = _Run(order, sender, clock)
    try:
        run.send_all(has_time)
    finally:
        run.release()
    message = store.find_message(order.account_id, order.message_id)
    if message is None or message.status is not MessageStatus.WAITING:
        return
    if clock() - message.created_at >= PATIENCE:
        _give_up(order, message, run.find_reason(message), clock())
        return
    raise RetryLater(run.find_wait_seconds(message, clock()))


def _may_be_sent(message: OutgoingMessage, now: datetime) -> bool:
    """Return whether a message waits, or was given up and is now ordered by an operator."""
    if message.status is MessageStatus.WAITING:
        return True
    if message.status is not MessageStatus.FAILED or message.reason not in _PASSING:
        return False
    again = msgspec.structs.replace(
        message,
        status=MessageStatus.WAITING,
        reason=None,
        not_before=None,
        version=message.version + 1,
    )
    try:
        store.save(again, now)
    except WriteConflict:
        raise RetryLater(AGAIN_AFTER_LEASE_SECONDS) from None
    return True


def _give_up(
    order: SendingOrder, message: OutgoingMessage, reason: FailureReason, now: datetime
) -> None:
    """Make a dead letter of an order, and then its message a failed one.

    In this order, so that a worker that dies in between does both again.
    """
    body = msgspec.json.encode(order).decode()
    queues.bury(QUEUE, body, reason, correlation.current())
    replies.fail(message.account_id, message.id, reason, now)


def _lease(account_id: str, now: datetime) -> Sender:
    sender = store.get_sender(account_id)
    if sending_budget.is_leased(sender, now):
        raise RetryLater(AGAIN_AFTER_LEASE_SECONDS)
    leased = sending_budget.lease(sender, secrets.token_hex(8), now)
    try:
        store.save_sender(account_id, leased)
    except WriteConflict:
        raise RetryLater(AGAIN_AFTER_LEASE_SECONDS) from None
    return leased


class _Run:
    """One worker's turn of sending for an account."""

    def __init__(self, order: SendingOrder, sender: Sender, clock: Clock) -> None:
        self._order = order
        self._account_id = order.account_id
        self._sender = sender
        self._clock = clock
        self._waits: dict[str, _Wait] = {}  # by message
        self._messaging: Messaging | None = None

    def send_all(self, has_time: Callable[[], bool]) -> None:
        """Send what waits, the oldest first, while there is time and budget."""
        held_up: set[str] = set()  # guests, whose messages stay in order
        for message_id in store.list_waiting(self._account_id):
            message = store.find_message(self._account_id, message_id)
            if message is None or message.guest_id in held_up:
                continue
            if not has_time():
                break
            try:
                self._wait_for_message(message)
                self._send(message)
            except _Wait as wait:
                self._waits[message_id] = wait
                if wait.is_for_all:
                    break
                held_up.add(message.guest_id)
            except WriteConflict:
                held_up.add(message.guest_id)  # an echo or another worker was faster
            except Exception:
                if message_id == self._order.message_id:
                    raise
                logger.exception("message not sent", message_id=message_id)
                held_up.add(message.guest_id)

    def release(self) -> None:
        """Give the lease back. Whoever took it meanwhile keeps it."""
        try:
            store.save_sender(self._account_id, sending_budget.release(self._sender))
        except WriteConflict:
            logger.warning("lease lost", account_id=self._account_id)

    def find_reason(self, message: OutgoingMessage) -> FailureReason:
        """Return why a message is still waiting."""
        wait = self._waits.get(message.id) or next(
            (each for each in self._waits.values() if each.is_for_all), None
        )
        return wait.reason if wait else FailureReason.NOT_REACHABLE

    def find_wait_seconds(self, message: OutgoingMessage, now: datetime) -> int:
        """Return for how long a message has to wait at least."""
        for_account = sending_budget.find_wait(self._sender, now).total_seconds()
        wait = self._waits.get(message.id)
        return int(max(for_account, wait.seconds if wait else 0)) + 1

    def _send(self, message: OutgoingMessage) -> None:
        """Send the parts of a message that were not sent, or store why they cannot be.

        Raises:
            _Wait: It has to wait.
            WriteConflict: An echo, or another worker, changed it meanwhile.
        """
        while (part := message.next_part) is not None:
            account, reason = self._check(message)
            if account is None:
                replies.fail(message.account_id, message.id, reason, self._clock())
                return
            try:
                message = self._send_part(account, message, part)
            except SendFailed as refused:
                self._process_refusal(account, message, refused)
                return
            except (NeedsReconnect, TokenRefused):
                no_token = SendFailed(FailureReason.NEEDS_RECONNECT)
                self._process_refusal(account, message, no_token)
                return
            except Unavailable as error:  # there is no fresh token at the moment
                raise _Wait(RETRY_BASE_SECONDS, is_for_all=True) from error
            except breaker.CircuitOpen as error:
                raise _Wait(breaker.RESET_SECONDS, is_for_all=True) from error
            except ProviderError as error:
                account_health.record_failure(account, self._clock())
                raise _Wait(RETRY_BASE_SECONDS, is_for_all=True) from error

    def _check(self, message: OutgoingMessage) -> tuple[SocialAccount | None, FailureReason]:
        """Return the account if the message may be sent, or why it may not."""
        account = accounts_store.find_account(message.artist_id, message.account_id)
        if (
            account is None
            or not account.is_connected
            or account.reconnect_since is not None
            or Capability.MESSAGES not in account.capabilities
        ):
            return None, FailureReason.NEEDS_RECONNECT
        guest = conversations.find_guest(message.account_id, message.guest_id)
        last = guest.last_received_at if guest else None
        if not reply_windows.is_open(last, self._clock(), human_agent=message.human_agent):
            return None, FailureReason.WINDOW_CLOSED
        return account, FailureReason.REJECTED

    def _send_part(
        self, account: SocialAccount, message: OutgoingMessage, part: OutgoingPart
    ) -> OutgoingMessage:
        """Send one part, and return the message as it is stored then.

        Raises:
            SendFailed: The provider refused it.
            NeedsReconnect: The account has no valid token.
            Unavailable: There is no fresh token at the moment.
            ProviderError: The provider was not reached, or does not work.
            _Wait: It has to wait.
            WriteConflict: An echo, or another worker, changed the message meanwhile.
        """
        now = self._clock()
        position = message.parts.index(part)
        self._wait_for_budget(now)
        messaging = self._connect(account, now)
        circuit = breaker.get(account.provider)
        if message.attempted_at is not None:
            mid = self._find_taken(messaging, circuit, message, part)
            if mid is not None:
                return self._store_taken(message, position, mid)
        outgoing = self._compose(message, position)
        message = msgspec.structs.replace(message, attempted_at=now, version=message.version + 1)
        store.save(message, now)
        self._spend(now)
        try:
            sent = circuit.call(lambda: messaging.send(outgoing, now))
        except (SendFailed, ProviderFailed) as error:
            if not error.was_sent:
                _forget_attempt(message, now)
            raise
        self._sender = sending_budget.resume(self._sender)
        self._pause(sent.pause, is_refusal=False)
        account_health.record_success(account, self._clock())
        return self._store_taken(message, position, sent.mid)

    def _find_taken(
        self,
        messaging: Messaging,
        circuit: Breaker,
        message: OutgoingMessage,
        part: OutgoingPart,
    ) -> str | None:
        """Return the provider's id of a part that it took without our storing that; None if not.

        Raises:
            SendFailed: The provider refuses the call.
            ProviderError: The provider was not reached, or does not work.
            _Wait: The provider may not show it yet.
        """
        assert message.attempted_at is not None
        now = self._clock()
        since = now - message.attempted_at
        if since < SETTLED_AFTER:
            raise _Wait((SETTLED_AFTER - since).total_seconds(), is_for_all=False)
        listed = circuit.call(lambda: messaging.list_messages(message.provider_user_id, now))
        for each in sorted(listed, key=lambda found: found.created_at):
            if (
                each.is_own
                and each.created_at >= message.created_at - CLOCK_SKEW
                and replies.is_same(part, each.text, has_attachments=each.has_attachments)
                and not self._is_known(each.mid)
            ):
                return each.mid
        return None

    def _is_known(self, mid: str) -> bool:
        """Return whether a message at the provider is another one of ours, or was an echo."""
        if store.find_sent_part(self._account_id, mid) is not None:
            return True
        return conversations.is_received(
            self._account_id, derive_message_key(self._account_id, mid)
        )

    def _store_taken(self, message: OutgoingMessage, position: int, mid: str) -> OutgoingMessage:
        changed, events = replies.take_part(message, position, mid, self._clock())
        store.save(changed, self._clock(), events, mid)
        return changed

    def _process_refusal(
        self, account: SocialAccount, message: OutgoingMessage, refused: SendFailed
    ) -> None:
        """Do what a refusal asks for: pause, wait, or fail.

        Raises:
            _Wait: The message has to wait.
        """
        now = self._clock()
        if refused.reason is FailureReason.RATE_LIMITED:
            pause = usage.choose_pause(refused.pause, self._sender.pauses)
            self._pause(pause, is_refusal=True)
            account_health.record_limited(account, now + pause, now)
            raise _Wait(pause.total_seconds(), is_for_all=True, reason=FailureReason.RATE_LIMITED)
        self._pause(refused.pause, is_refusal=False)
        if refused.reason is None:
            raise _Wait(_postpone(message, now), is_for_all=False)
        if refused.reason is FailureReason.NEEDS_RECONNECT:
            account_health.record_refused_token(account, now)
        replies.fail(message.account_id, message.id, refused.reason, now)

    def _wait_for_message(self, message: OutgoingMessage) -> None:
        now = self._clock()
        if message.not_before is not None and now < message.not_before:
            raise _Wait((message.not_before - now).total_seconds(), is_for_all=False)

    def _wait_for_budget(self, now: datetime) -> None:
        wait = sending_budget.find_wait(self._sender, now)
        if wait:
            raise _Wait(wait.total_seconds(), is_for_all=True, reason=FailureReason.RATE_LIMITED)

    def _spend(self, now: datetime) -> None:
        """Spend a token, and hold the lease for longer.

        Raises:
            _Wait: Another worker has the lease.
        """
        self._sender = sending_budget.spend(self._sender, now)
        try:
            store.save_sender(self._account_id, self._sender)
        except WriteConflict:
            raise _Wait(AGAIN_AFTER_LEASE_SECONDS, is_for_all=True) from None

    def _pause(self, pause: timedelta, *, is_refusal: bool) -> None:
        if pause:
            until = self._clock() + pause
            self._sender = sending_budget.pause(self._sender, until, is_refusal=is_refusal)

    def _connect(self, account: SocialAccount, now: datetime) -> Messaging:
        if self._messaging is None:
            self._messaging = message_providers.connect(account, now)
        return self._messaging

    def _compose(self, message: OutgoingMessage, position: int) -> Outgoing:
        part = message.parts[position]
        guest = conversations.find_guest(message.account_id, message.guest_id)
        last = guest.last_received_at if guest else None
        is_late = last is None or reply_windows.needs_tag(last, self._clock())
        link = file_links.sign(part.file_id) if part.file_id is not None else None
        if part.text is None and link is None:  # the file was removed meanwhile
            raise SendFailed(FailureReason.REJECTED)
        return Outgoing(
            recipient=message.provider_user_id,
            text=part.text,
            url=link.url if link else None,
            kind=_name_kind(link.content_type) if link else "",
            reference=replies.write_reference(message, position),
            is_tagged=message.human_agent and is_late,
        )


def _forget_attempt(message: OutgoingMessage, now: datetime) -> None:
    """Store that the provider has surely not taken the part that was tried."""
    version = message.version + 1
    store.save(msgspec.structs.replace(message, attempted_at=None, version=version), now)


@retry_on_conflict
def _postpone(message: OutgoingMessage, now: datetime) -> float:
    """Store that a message was refused for the moment; return the seconds that it waits."""
    current = store.find_message(message.account_id, message.id)
    if current is None or current.status is not MessageStatus.WAITING:
        return 0
    seconds = min(MAX_PAUSE_SECONDS, RETRY_BASE_SECONDS * (1 << min(current.refusals, 10)))
    changed = msgspec.structs.replace(
        current,
        refusals=current.refusals + 1,
        not_before=now + timedelta(seconds=seconds),
        version=current.version + 1,
    )
    store.save(changed, now)
    return seconds


def _name_kind(content_type: str) -> str:
    family = content_type.partition("/")[0]
    return family if family in ("image", "video", "audio") else "file"

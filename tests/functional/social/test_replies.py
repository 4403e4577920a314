"""Replies of an artist, from messaging's event to the platform and back."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from time_machine import TimeMachineFixture

from domain.ids import new_id
from shared.events import queues
from shared.platform import clock, config
from social.models import ProviderId
from social.models.messages import FailureReason, MessageStatus
from social.providers.breaker import MAX_FAILURES
from social.providers.failures import ProviderFailed
from social.rules import sending_budget
from social.rules.errors import ProviderUnavailable
from social.rules.guest_ids import derive_guest_id
from social.store import accounts as accounts_store
from social.store import outgoing
from social.use_cases import replies, vault
from tests.functional.social.chats import (
    BUCKET,
    GUEST,
    SUBJECT,
    Chats,
    echo,
    event,
    list_dead_letters,
    open_chats,
)
from tests.functional.social.world import MARA
from tests.support import fake_aws

BUSINESS = '{"17": [{"call_count": 100, "estimated_time_to_regain_access": 5}]}'


@pytest.fixture
def answered(chats: Chats) -> Chats:
    """Return the messages of an account to which a guest has just written."""
    chats.write()
    chats.work()
    chats.platform.calls.clear()
    return chats


def read_account(chats: Chats) -> Any:
    return accounts_store.find_account(MARA, chats.account.id)


def send(chats: Chats, text: str = "Hi!", **fields: Any) -> str:
    message_id = chats.reply(text, **fields)
    chats.work()
    return message_id


def last_reason(chats: Chats, message_id: str) -> str | None:
    changes = chats.events("social_message.status_changed")
    reason: str | None = [e["reason"] for e in changes if e["messageId"] == message_id][-1]
    return reason


# ---- sending -------------------------------------------------------------------------------------


def test_a_reply_is_sent_once_and_its_state_is_published(answered: Chats) -> None:
    message_id = send(answered, "See you in June.")
    (taken,) = answered.platform.taken
    assert taken["body"] == {
        "recipient": {"id": GUEST},
        "messaging_type": "RESPONSE",
        "message": {"text": "See you in June."},
    }
    assert answered.platform.calls == [f"POST {SUBJECT}/messages"]
    (changed,) = answered.events("social_message.status_changed")
    assert changed == {
        "accountId": answered.account.id,
        "artistId": MARA,
        "guestId": answered.guest_id,
        "messageId": message_id,
        "status": "sent",
        "reason": None,
        "at": changed["at"],
    }
    assert "See you in June." not in str(answered.message(message_id))


def test_the_event_of_a_reply_sends_it_once_however_often_it_comes(answered: Chats) -> None:
    message_id = new_id("msg")
    for _ in range(3):
        answered.reply(messageId=message_id)
    answered.settle()
    answered.reply(messageId=message_id)
    answered.settle()
    assert len(answered.platform.taken) == 1


def test_replies_leave_in_the_order_in_which_they_were_written(answered: Chats) -> None:
    for number in range(5):
        answered.later(milliseconds=2)
        answered.reply(f"{number}")
    answered.settle()
    assert answered.platform.texts == ["0", "1", "2", "3", "4"]


def test_a_message_is_tagged_only_after_the_first_window(answered: Chats) -> None:
    send(answered, humanAgent=True)
    answered.later(hours=25)
    send(answered, humanAgent=True)
    first, second = (each["body"] for each in answered.platform.taken)
    assert (first["messaging_type"], "tag" in first) == ("RESPONSE", False)
    assert (second["messaging_type"], second["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


@pytest.mark.parametrize(
    ("passed", "human_agent"), [(timedelta(hours=24), False), (timedelta(days=7), True)]
)
def test_nothing_is_sent_after_the_window(
    answered: Chats, passed: timedelta, human_agent: bool
) -> None:
    answered.later(seconds=passed.total_seconds())
    message_id = send(answered, humanAgent=human_agent)
    assert answered.platform.calls == []
    assert last_reason(answered, message_id) == "window_closed"


def test_a_text_that_is_too_long_for_the_platform_is_sent_in_parts(answered: Chats) -> None:
    text = " ".join(["word"] * 450)
    message_id = send(answered, text)
    assert len(answered.platform.taken) == 3
    assert " ".join(answered.platform.texts) == text
    assert answered.statuses(message_id) == ["sent"]


def test_attachments_are_sent_by_short_links_after_the_text(answered: Chats) -> None:
    for file_id, content_type in (("fil_1", "image/png"), ("fil_2", "application/pdf")):
        fake_aws.client("s3").put_object(
            Bucket=BUCKET,
            Key=f"clean/{file_id}/original",
            Body=b"content",
            ContentType=content_type,
        )
    message_id = send(answered, "Look", attachments=["fil_1", "fil_2"])
    text, picture, document = (each["body"]["message"] for each in answered.platform.taken)
    assert text == {"text": "Look"}
    assert picture["attachment"]["type"] == "image"
    assert "clean/fil_1/original?" in picture["attachment"]["payload"]["url"]
    assert "X-Amz-Expires=900" in picture["attachment"]["payload"]["url"]
    assert document["attachment"]["type"] == "file"
    assert answered.statuses(message_id) == ["sent"]


def test_a_file_that_was_removed_cannot_be_sent(answered: Chats) -> None:
    message_id = send(answered, "", attachments=["fil_gone"])
    assert last_reason(answered, message_id) == "rejected"


def test_a_guest_whom_nobody_knows_gets_nothing(answered: Chats) -> None:
    message_id = send(answered, guestId=derive_guest_id(MARA, "instagram", "another"))
    assert answered.platform.calls == []
    assert last_reason(answered, message_id) == "rejected"


def test_an_account_that_is_not_connected_sends_nothing(answered: Chats) -> None:
    disconnected = msgspec.structs.replace(answered.account, status="disconnected", version=2)
    accounts_store.save(disconnected)
    message_id = send(answered)
    assert answered.platform.calls == []
    assert last_reason(answered, message_id) == "needs_reconnect"


# ---- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "subcode", "reason"),
    [
        (400, 10, 2534022, "window_closed"),
        (400, 551, 1545041, "blocked_by_platform"),
        (401, 190, 463, "needs_reconnect"),
        (400, 100, 2018047, "rejected"),
    ],
)
def test_what_the_platform_refuses_for_good_fails_with_its_reason(
    answered: Chats, status: int, code: int, subcode: int, reason: str
) -> None:
    answered.platform.add_fault(status, code, subcode)
    message_id = send(answered)
    answered.settle()
    assert answered.platform.taken == []
    assert answered.statuses(message_id) == ["failed"]
    assert last_reason(answered, message_id) == reason
    assert list_dead_letters("messages") == []


def test_after_a_refused_token_nothing_is_tried_until_the_artist_connects_again(
    answered: Chats,
) -> None:
    answered.platform.add_fault(401, 190)
    send(answered)
    assert read_account(answered).reconnect_since == clock.now()
    calls = len(answered.platform.calls)
    message_id = send(answered)
    assert len(answered.platform.calls) == calls
    assert last_reason(answered, message_id) == "needs_reconnect"


@pytest.mark.parametrize(
    ("status", "code", "headers", "pause"),
    [
        (400, 613, {"x-business-use-case-usage": BUSINESS}, timedelta(minutes=5)),
        (429, 32, {"retry-after": "90"}, timedelta(seconds=90)),
        (403, 4, {"x-app-usage": '{"call_count": 100}'}, timedelta(minutes=5)),
        (400, 613, {}, timedelta(minutes=1)),
    ],
)
def test_a_limit_pauses_the_account_for_as_long_as_the_platform_says(
    answered: Chats, status: int, code: int, headers: dict[str, str], pause: timedelta
) -> None:
    answered.platform.add_fault(status, code, headers=headers)
    message_id = send(answered)
    assert read_account(answered).limited_until == clock.now() + pause
    other = send(answered, "Another")
    answered.later(seconds=pause.total_seconds() - 1)
    answered.work()
    assert len(answered.platform.calls) == 1
    answered.settle()
    assert answered.platform.texts == ["Hi!", "Another"]
    assert (answered.statuses(message_id), answered.statuses(other)) == (["sent"], ["sent"])
    assert read_account(answered).limited_until is None


def test_headers_of_a_success_pause_the_account_before_the_limit(answered: Chats) -> None:
    answered.platform.headers = {"x-app-usage": '{"call_count": 96}'}
    send(answered, "First")
    answered.platform.headers = {}
    send(answered, "Second")
    assert answered.platform.texts == ["First"]
    answered.later(minutes=5, seconds=1)
    answered.settle()
    assert answered.platform.texts == ["First", "Second"]


def test_an_account_sends_no_more_than_its_budget(answered: Chats) -> None:
    for number in range(sending_budget.BURST + 2):
        answered.later(milliseconds=1)
        answered.reply(f"{number}")
    answered.work()
    assert len(answered.platform.taken) == sending_budget.BURST
    answered.settle()
    expected = [f"{number}" for number in range(sending_budget.BURST + 2)]
    assert answered.platform.texts == expected


def test_while_another_worker_sends_for_the_account_nobody_else_does(answered: Chats) -> None:
    sender = outgoing.get_sender(answered.account.id)
    leased = sending_budget.lease(sender, "another", clock.now())
    outgoing.save_sender(answered.account.id, leased)
    message_id = send(answered)
    assert answered.platform.calls == []
    answered.later(seconds=61)
    answered.work()
    assert answered.statuses(message_id) == ["sent"]


# ---- failures and dead letters -------------------------------------------------------------------


def test_a_provider_that_fails_is_shown_and_then_left_alone(answered: Chats) -> None:
    answered.platform.faults += [ProviderFailed("status 503", was_sent=False)] * 50
    message_id = answered.reply()
    for _ in range(MAX_FAILURES + 3):
        answered.work()
        answered.later(seconds=4)
    assert len(answered.platform.calls) <= MAX_FAILURES
    assert read_account(answered).failing_since is not None
    answered.platform.faults.clear()
    answered.settle()
    assert answered.statuses(message_id) == ["sent"]
    assert read_account(answered).failing_since is None


def test_a_temporary_refusal_holds_up_its_guest_and_no_other(answered: Chats) -> None:
    answered.notify(event(sender="990002", message={"mid": "m2", "text": "Me too"}))
    answered.work()
    other = derive_guest_id(MARA, "instagram", "990002")
    answered.platform.add_fault(400, 1200)
    answered.reply("to Gil")
    answered.later(milliseconds=1)
    answered.reply("to Gil again")
    answered.later(milliseconds=1)
    answered.reply("to another", guestId=other)
    answered.work("messages")
    assert answered.platform.texts == ["to another"]
    answered.settle()
    assert answered.platform.texts == ["to another", "to Gil", "to Gil again"]


def test_what_cannot_be_sent_for_six_hours_is_a_dead_letter_that_can_be_sent_again(
    answered: Chats,
) -> None:
    answered.platform.faults += [ProviderFailed("status 503", was_sent=False)] * 500
    message_id = answered.reply("Late")
    for _ in range(30):
        answered.work()
        answered.later(minutes=15)
    assert answered.statuses(message_id) == ["failed"]
    assert last_reason(answered, message_id) == "not_reachable"
    (letter,) = list_dead_letters("messages")
    assert letter["MessageAttributes"][queues.REASON_ATTRIBUTE]["StringValue"] == "not_reachable"
    assert message_id in letter["Body"]
    assert "Late" not in letter["Body"]
    answered.platform.faults.clear()
    fake_aws.client("sqs").send_message(  # as `make redrive` does
        QueueUrl=config.queue_url(replies.QUEUE), MessageBody=letter["Body"]
    )
    answered.settle()
    assert answered.platform.texts == ["Late"]
    assert answered.statuses(message_id) == ["failed", "sent"]


def test_a_reply_waits_until_there_is_a_token(
    answered: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise ProviderUnavailable("The provider does not respond as it should.")

    with monkeypatch.context() as patched:
        patched.setattr(vault, "token", fail)
        message_id = answered.reply()
        for _ in range(queues.PERMANENT_RECEIVES + 1):
            answered.work()
            answered.later(minutes=15)
    answered.settle()
    assert answered.platform.texts == ["Hi!"]
    assert answered.statuses(message_id) == ["sent"]
    assert list_dead_letters("messages") == []


def test_a_dead_letter_that_the_platform_had_taken_is_not_sent_twice(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("no answer", was_sent=True))
    answered.platform.lookup_faults += [ProviderFailed("status 503")] * 500
    message_id = answered.reply("Once")
    for _ in range(30):
        answered.work()
        answered.later(minutes=15)
    assert answered.statuses(message_id) == ["failed"]
    (letter,) = list_dead_letters("messages")
    answered.platform.lookup_faults.clear()
    fake_aws.client("sqs").send_message(
        QueueUrl=config.queue_url(replies.QUEUE), MessageBody=letter["Body"]
    )
    answered.settle()
    assert answered.platform.texts == ["Once"]
    assert answered.statuses(message_id) == ["failed", "sent"]


def test_a_dead_letter_that_is_sent_again_too_late_stays_failed(answered: Chats) -> None:
    answered.platform.faults += [ProviderFailed("status 503", was_sent=False)] * 500
    message_id = answered.reply("Late")
    for _ in range(30):
        answered.work()
        answered.later(minutes=15)
    (letter,) = list_dead_letters("messages")
    answered.platform.faults.clear()
    answered.later(hours=24)
    fake_aws.client("sqs").send_message(
        QueueUrl=config.queue_url(replies.QUEUE), MessageBody=letter["Body"]
    )
    answered.settle()
    assert answered.platform.taken == []
    assert answered.message(message_id).reason is FailureReason.WINDOW_CLOSED


def test_a_lost_answer_is_looked_for_before_anything_is_sent_again(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    assert answered.statuses(message_id) == []
    answered.settle()
    assert answered.platform.texts == ["Hi!"]
    assert answered.statuses(message_id) == ["sent"]


def test_what_is_not_in_the_conversation_is_sent_again(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    answered.platform.taken.clear()
    answered.settle()
    assert answered.platform.texts == ["Hi!"]
    assert answered.statuses(message_id) == ["sent"]


def test_the_same_text_from_before_is_not_taken_for_the_lost_one(answered: Chats) -> None:
    send(answered)
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    send(answered)
    answered.platform.taken.pop()
    answered.settle()
    assert answered.platform.texts == ["Hi!", "Hi!"]


# ---- echoes and receipts -------------------------------------------------------------------------


def test_an_echo_settles_a_message_whose_answer_was_lost(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    (taken,) = answered.platform.taken
    answered.notify(echo("Hi!", taken["mid"]))
    answered.work("webhooks")
    assert answered.statuses(message_id) == ["sent"]
    answered.settle()
    assert len(answered.platform.taken) == 1
    assert answered.events("social_message.echoed") == []


def test_facebook_repeats_our_reference_in_the_echo(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = open_chats(monkeypatch, clock, ProviderId.FACEBOOK)
    chats.write()
    chats.work()
    chats.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(chats)
    (taken,) = chats.platform.taken
    reference = taken["body"]["message"]["metadata"]
    assert reference == f"{message_id}/0"
    chats.notify(echo("changed by the platform", taken["mid"], metadata=reference))
    chats.work("webhooks")
    assert chats.statuses(message_id) == ["sent"]


def test_deliveries_and_reads_are_published_and_never_go_back(answered: Chats) -> None:
    message_id = send(answered)
    (taken,) = answered.platform.taken
    mid = taken["mid"]
    answered.later(seconds=1)
    answered.notify(event(read={"mid": mid}), event(delivery={"mids": [mid], "watermark": 1}))
    answered.notify(event(read={"mid": mid}))
    answered.work()
    assert answered.statuses(message_id) == ["sent", "read"]


def test_a_read_is_of_everything_that_was_sent_before(answered: Chats) -> None:
    ids = []
    for text in ("one", "two", "three"):
        answered.later(seconds=1)
        ids.append(send(answered, text))
    _, second, _ = answered.platform.taken
    answered.notify(event(read={"mid": second["mid"]}))
    answered.work()
    assert [answered.statuses(each)[-1] for each in ids] == ["read", "read", "sent"]


def test_a_watermark_is_of_everything_that_this_guest_was_sent_before(answered: Chats) -> None:
    first = send(answered, "one")
    answered.later(seconds=5)
    receipt = event(delivery={"watermark": round(clock.now().timestamp() * 1000)})
    answered.later(seconds=5)
    second = send(answered, "two")
    answered.notify(receipt, event(sender="990002", read={"watermark": 9_999_999_999_999}))
    answered.work()
    assert [answered.statuses(each)[-1] for each in (first, second)] == ["delivered", "sent"]


def test_a_receipt_that_is_faster_than_the_answer_waits_for_it(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    (taken,) = answered.platform.taken
    answered.notify(event(delivery={"mids": [taken["mid"]], "watermark": 1}))
    answered.settle()
    assert answered.statuses(message_id) == ["sent", "delivered"]
    assert answered.message(message_id).status is MessageStatus.DELIVERED


@pytest.mark.parametrize("kind", ["echo", "receipt"])
def test_what_arrives_while_the_answer_is_being_stored_is_of_that_message(
    answered: Chats, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    (taken,) = answered.platform.taken
    find_sent_part = outgoing.find_sent_part

    def find_just_before(account_id: str, mid: str) -> object:
        """Look for a part a moment before the worker that sent it stores its id."""
        found = find_sent_part(account_id, mid)
        replies.confirm(account_id, message_id, 0, mid, clock.now())
        return found

    monkeypatch.setattr(outgoing, "find_sent_part", find_just_before)
    if kind == "echo":
        answered.notify(echo("Hi!", taken["mid"]))
    else:
        answered.notify(event(read={"mid": taken["mid"]}))
    answered.settle()
    assert answered.statuses(message_id) == (["sent"] if kind == "echo" else ["sent", "read"])
    assert answered.events("social_message.echoed") == []


def test_a_watermark_that_is_faster_than_the_answer_waits_for_it(answered: Chats) -> None:
    answered.platform.faults.append(ProviderFailed("too slow", was_sent=True))
    message_id = send(answered)
    answered.notify(event(delivery={"watermark": round(clock.now().timestamp() * 1000) + 1}))
    answered.settle()
    assert answered.statuses(message_id) == ["sent", "delivered"]

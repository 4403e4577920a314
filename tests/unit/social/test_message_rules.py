"""Rules of direct messages: windows, states, ids, texts and what errors mean."""

from datetime import UTC, datetime, timedelta

import pytest

from social.models import ProviderId
from social.models.messages import FailureReason, MessageStatus
from social.providers import meta_messaging
from social.rules import graph_errors, guest_ids, reply_windows, usage
from social.rules.graph_errors import GraphError
from social.rules.message_states import is_later
from social.rules.texts import split_text

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
INSTANT = timedelta(microseconds=1)


def test_a_guest_can_be_answered_for_a_day_and_by_a_person_for_a_week() -> None:
    assert reply_windows.is_open(NOW, NOW + DAY - INSTANT, human_agent=False)
    assert not reply_windows.is_open(NOW, NOW + DAY, human_agent=False)
    assert reply_windows.is_open(NOW, NOW + WEEK - INSTANT, human_agent=True)
    assert not reply_windows.is_open(NOW, NOW + WEEK, human_agent=True)
    assert not reply_windows.is_open(None, NOW, human_agent=True)


def test_only_after_a_day_does_a_message_need_the_tag() -> None:
    assert not reply_windows.needs_tag(NOW, NOW + DAY - INSTANT)
    assert reply_windows.needs_tag(NOW, NOW + DAY)


def test_no_state_goes_back() -> None:
    order = ["waiting", "failed", "sent", "delivered", "read"]
    states = [MessageStatus(each) for each in order]
    for position, state in enumerate(states):
        assert [is_later(state, than) for than in states] == [
            other < position for other in range(len(states))
        ]


def test_ids_of_guests_are_stable_and_differ_by_artist_provider_and_person() -> None:
    given = ("usr_1", "instagram", "17"), ("usr_2", "instagram", "17")
    more = ("usr_1", "facebook", "17"), ("usr_1", "instagram", "18")
    ids = {guest_ids.derive_guest_id(*each) for each in (*given, *more)}
    assert len(ids) == 4
    assert guest_ids.derive_guest_id("usr_1", "instagram", "17") in ids
    assert all(each.startswith("gst_") and len(each) == 30 for each in ids)


def test_keys_of_messages_hide_the_providers_id_and_differ_by_part() -> None:
    key = guest_ids.derive_message_key("sac_1", "mid.1")
    assert "mid.1" not in key
    assert key != guest_ids.derive_message_key("sac_2", "mid.1")
    assert guest_ids.derive_message_key("sac_1", "mid.1", "files") == f"{key}-files"


@pytest.mark.parametrize(
    ("status", "code", "subcode", "meaning"),
    [
        (400, 10, 2018278, GraphError.WINDOW_CLOSED),
        (400, 10, 2534022, GraphError.WINDOW_CLOSED),
        (400, 551, 1545041, GraphError.NOT_RECEIVING),
        (400, 200, 1545041, GraphError.NOT_RECEIVING),
        (400, 100, 2018001, GraphError.NOT_RECEIVING),
        (400, 368, None, GraphError.NOT_RECEIVING),
        (401, 190, 463, GraphError.TOKEN_INVALID),
        (400, 190, None, GraphError.TOKEN_INVALID),
        (403, 200, None, GraphError.NOT_PERMITTED),
        (400, 10, None, GraphError.NOT_PERMITTED),
        (401, None, None, GraphError.UNAUTHORIZED),
        (403, 4, None, GraphError.LIMITED),
        (400, 613, None, GraphError.LIMITED),
        (400, 80002, 2446079, GraphError.LIMITED),
        (429, None, None, GraphError.LIMITED),
        (400, 100, 2534029, GraphError.REFUSED),
        (400, None, None, GraphError.REFUSED),
        (400, 100, 33, GraphError.MISSING),
        (404, 803, None, GraphError.MISSING),
        (403, 3, None, GraphError.NOT_PERMITTED),
        (400, 102, None, GraphError.TOKEN_INVALID),
        (400, 341, None, GraphError.LIMITED),
        (400, 80014, None, GraphError.LIMITED),
        (400, 80015, None, GraphError.REFUSED),
        (403, 299, None, GraphError.NOT_PERMITTED),
        (403, 300, None, GraphError.REFUSED),
        (400, 1200, None, GraphError.TEMPORARY),
        (400, 2, None, GraphError.TEMPORARY),
        (400, 1, None, GraphError.UNKNOWN),
        (503, None, None, GraphError.TEMPORARY),
    ],
)
def test_errors_of_the_graph_api_have_one_meaning(
    status: int, code: int | None, subcode: int | None, meaning: GraphError
) -> None:
    assert graph_errors.classify(status, code, subcode) is meaning


def test_a_transient_error_may_pass_but_a_limit_is_a_limit() -> None:
    assert graph_errors.classify(400, 100, None, is_transient=True) is GraphError.TEMPORARY
    limited = graph_errors.classify(403, 4, None, is_transient=True)
    assert limited is GraphError.LIMITED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GraphError.WINDOW_CLOSED, FailureReason.WINDOW_CLOSED),
        (GraphError.NOT_RECEIVING, FailureReason.BLOCKED_BY_PLATFORM),
        (GraphError.LIMITED, FailureReason.RATE_LIMITED),
        (GraphError.TEMPORARY, None),
        (GraphError.UNKNOWN, None),
        (GraphError.TOKEN_INVALID, FailureReason.NEEDS_RECONNECT),
        (GraphError.UNAUTHORIZED, FailureReason.NEEDS_RECONNECT),
        (GraphError.NOT_PERMITTED, FailureReason.NEEDS_RECONNECT),
        (GraphError.MISSING, FailureReason.REJECTED),
        (GraphError.REFUSED, FailureReason.REJECTED),
    ],
)
def test_an_artist_sees_why_a_message_was_refused(
    error: GraphError, reason: FailureReason | None
) -> None:
    assert meta_messaging.find_reason(error) is reason


BUSINESS = (
    '{"17": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 5}]}'
)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, timedelta()),
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"x-app-usage": '{"call_count": 94, "total_time": 1}'}, timedelta()),
        ({"x-app-usage": '{"call_count": 1, "total_cputime": 95}'}, usage.APP_PAUSE),
        ({"x-business-use-case-usage": BUSINESS}, timedelta(minutes=5)),
        ({"x-business-use-case-usage": BUSINESS, "retry-after": "400"}, timedelta(seconds=400)),
        ({"x-business-use-case-usage": BUSINESS.replace(": 5", ": 0")}, usage.UNKNOWN_PAUSE),
        ({"x-business-use-case-usage": BUSINESS.replace(": 5", ": 1e300")}, usage.MAX_PAUSE),
        ({"x-app-usage": "nonsense", "x-business-use-case-usage": "[1]"}, timedelta()),
    ],
)
def test_the_longest_pause_that_headers_ask_for_counts(
    headers: dict[str, str], pause: timedelta
) -> None:
    assert usage.find_pause(headers, NOW) == pause


def test_without_headers_each_pause_is_longer_up_to_half_an_hour() -> None:
    pauses = [usage.choose_pause(timedelta(), before) for before in range(8)]
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses[-1] == timedelta(minutes=30)
    assert usage.choose_pause(timedelta(seconds=9), 7) == timedelta(seconds=9)


def test_texts_are_cut_between_words_where_the_platform_takes_less() -> None:
    text = " ".join(["word"] * 300)
    parts = split_text(text, ProviderId.INSTAGRAM)
    assert " ".join(parts) == text
    assert all(len(each.encode()) <= 1000 for each in parts)
    assert len(split_text(text, ProviderId.FACEBOOK)) == 1


def test_texts_are_measured_in_bytes_on_instagram_and_no_character_is_cut() -> None:
    text = "é" * 700
    parts = split_text(text, ProviderId.INSTAGRAM)
    assert "".join(parts) == text
    assert [len(each) for each in parts] == [500, 200]
    assert split_text("  ", ProviderId.INSTAGRAM) == []

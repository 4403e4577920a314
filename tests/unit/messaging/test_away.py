"""Away periods: by local windows, time off and the clock changes of the artist's zone."""

from datetime import UTC, datetime

import pytest

from messaging.models import ArtistHours
from messaging.rules import away

WORKDAYS = (("09:00-12:00", "13:00-18:00"),) * 5 + ((), ())


def hours(**fields: object) -> ArtistHours:
    usual: dict[str, object] = {
        "id": "usr_1",
        "time_zone": "Europe/Berlin",
        "weekly": WORKDAYS,
        "overrides": {},
        "time_off": (),
        "record_version": 1,
    }
    return ArtistHours(**(usual | fields))  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("instant", "start"),
    [
        ("2026-03-02T08:00", None),  # Monday at nine in Berlin
        ("2026-03-02T07:59", "2026-02-27T17:00"),  # since Friday at six
        ("2026-03-02T11:00", "2026-03-02T11:00"),  # from the first second on
        ("2026-03-02T11:59", "2026-03-02T11:00"),  # at lunch
        ("2026-03-02T12:00", None),
        # The clocks go forward on 29 March: nine o'clock is an hour earlier on Monday.
        ("2026-03-30T06:59", "2026-03-27T17:00"),
        ("2026-03-30T07:00", None),
        # And back on 25 October.
        ("2026-10-26T07:59", "2026-10-23T16:00"),
        ("2026-10-26T08:00", None),
    ],
)
def test_a_period_lasts_from_one_window_to_the_next(instant: str, start: str | None) -> None:
    assert away.find_start(hours(), at(instant)) == (at(start) if start else None)


def test_time_off_and_single_dates_replace_the_week() -> None:
    off = ((at("2026-03-02T10:00"), at("2026-06-01T00:00")),)
    assert away.find_start(hours(time_off=off), at("2026-05-20T10:00")) == off[0][0]
    closed = {"2026-03-02": (), "2026-03-07": ("10:00-11:00",)}
    assert away.find_start(hours(overrides=closed), at("2026-03-02T10:00")) == at(
        "2026-02-27T17:00"
    )
    assert away.find_start(hours(overrides=closed), at("2026-03-07T09:30")) is None


def test_a_window_past_midnight_and_one_that_the_clock_jumps_over() -> None:
    nights = ((),) * 5 + (("22:00-02:30",), ())
    # At two on 29 March the clock goes to three, so the window ends there.
    assert away.find_start(hours(weekly=nights), at("2026-03-29T00:59")) is None
    assert away.find_start(hours(weekly=nights), at("2026-03-29T01:00")) == at("2026-03-29T01:00")
    jumped = hours(weekly=((),) * 6 + (("02:10-02:50",),))
    assert away.find_start(jumped, at("2026-03-29T01:20")) == at("2026-03-22T01:50")


def test_an_artist_without_any_hours_has_one_period() -> None:
    never = hours(weekly=((),) * 7)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert away.find_start(never, at("2026-03-02T10:00")) == epoch
    assert away.find_start(never, at("2027-03-02T10:00")) == epoch
    always = hours(weekly=(("00:00-24:00",),) * 7)
    assert away.find_start(always, at("2026-03-02T03:00")) is None

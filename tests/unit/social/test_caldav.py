"""CalDAV: discovery, reading and writing against the stand-in, as strict as servers are."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import icalendar
import msgspec
import pytest

from infra.local.standins import caldav as standins
from infra.local.standins.caldav import HOME, PASSWORD, USER, Fault
from shared.platform.xml_documents import MalformedDocument
from social.models import ProviderId, Tokens
from social.models.calendars import Entry
from social.providers import (
    caldav,
    caldav_client,
    caldav_documents,
    caldav_objects,
    configuration,
)
from social.providers.caldav_calendar import NO_TOKEN, CalDavCalendar
from social.providers.caldav_client import Login, discover
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import (
    Channel,
    EventChanged,
    EventGone,
    SyncTokenRefused,
    WrittenEvent,
)
from social.providers.configuration import SocialSettings
from social.providers.failures import (
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)
from social.rules import calendar_reading, event_keys
from tests.support.caldav import RunningCalDav, running_caldav

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
TEN, ELEVEN = datetime(2026, 3, 3, 10, tzinfo=UTC), datetime(2026, 3, 3, 11, tzinfo=UTC)
APPOINTMENT = "apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"
KEY = event_keys.build(APPOINTMENT)
EVENT = WrittenEvent(
    key=KEY,
    appointment_id=APPOINTMENT,
    title="Booked; with, signs",
    starts_at=TEN,
    ends_at=ELEVEN,
    time_zone="Europe/Berlin",
    url="https://app.example/appointments/1",
)


def set_loopback(monkeypatch: pytest.MonkeyPatch, *, allowed: bool) -> None:
    settings = SocialSettings(loopback_providers=allowed)
    monkeypatch.setattr(configuration, "settings", lambda: settings)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCalDav]:
    set_loopback(monkeypatch, allowed=True)
    with running_caldav() as standin:
        yield standin


@pytest.fixture
def token(server: RunningCalDav) -> str:
    return server.login().encode()


@pytest.fixture
def work(server: RunningCalDav) -> str:
    return f"{server.url.rstrip('/')}{HOME}work/"


calendar = CalDavCalendar()


def read(token: str, key: str, sync_token: str | None = None) -> tuple[list[Entry], set[str], str]:
    """Return the entries and removals of all parts, and the next sync token."""
    pages = list(calendar.read(token, key, sync_token, SINCE))
    assert all(page.sync_token is None for page in pages[:-1])
    next_token = pages[-1].sync_token
    assert next_token is not None
    removed = {name for page in pages for name in page.removed}
    return [entry for page in pages for entry in page.entries], removed, next_token


# ---- discovery -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "caldav/", ".well-known/caldav", "calendar/somewhere"])
def test_the_calendars_are_found_from_wherever_the_artist_begins(
    server: RunningCalDav, path: str
) -> None:
    found = discover(server.url + path, USER, PASSWORD)
    assert found.login.home == server.url.rstrip("/") + HOME
    assert found.name == "Mara"
    assert Login.decode(found.login.encode()) == found.login


def test_a_wrong_password_is_refused(server: RunningCalDav) -> None:
    with pytest.raises(TokenRefused):
        discover(server.url, USER, "wrong")


def test_a_server_without_calendars_is_refused(server: RunningCalDav) -> None:
    server.faults = [Fault(method="PROPFIND", status=404, count=9)]
    with pytest.raises(ProviderRefused):
        discover(f"{server.url}caldav/", USER, PASSWORD)


def test_only_public_addresses_are_called(
    server: RunningCalDav, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_loopback(monkeypatch, allowed=False)
    for url in (server.url, server.url.replace("http:", "https:"), "https://10.0.0.1/"):
        with pytest.raises(ProviderFailed):
            discover(url, USER, PASSWORD)
    assert server.requests == []


def test_the_grant_is_the_login(server: RunningCalDav) -> None:
    grant = caldav.connect(server.url, USER, PASSWORD)
    assert Login.decode(grant.tokens.access_token).password == PASSWORD
    assert PASSWORD not in repr(Login.decode(grant.tokens.access_token))
    assert grant.profile.display_name == "Mara (127.0.0.1)"
    provider = caldav.CalDav()
    assert provider.fetch_profile(grant.tokens) == grant.profile
    provider.revoke(grant.tokens)
    with pytest.raises(TokenRefused):
        provider.refresh(grant.tokens, TEN)


def test_calendars_that_take_events_are_listed(token: str) -> None:
    listed = {each.name: each for each in calendar.list_calendars(token)}
    assert set(listed) == {"Work", "Private & family", "Holidays"}
    assert listed["Work"].can_write
    assert not listed["Holidays"].can_write
    assert get_calendar(ProviderId.CALDAV).list_calendars(token) == list(listed.values())


# ---- reading -------------------------------------------------------------------------------------


def test_everything_is_read_and_then_what_changed(
    server: RunningCalDav, token: str, work: str
) -> None:
    server.put_event("work", "past.ics", TEN - timedelta(days=9), TEN - timedelta(days=8))
    server.put_event("work", "one.ics", TEN, ELEVEN)
    server.put_event("work", "day & night.ics", date(2026, 3, 4), date(2026, 3, 5))
    entries, removed, next_token = read(token, work)
    assert ({entry.key for entry in entries}, removed) == ({"one", "day & night"}, set())
    assert "DTSTART:20260303T100000Z" in entries[0].components

    assert read(token, work, next_token)[:2] == ([], set())

    server.move("work", "one.ics", timedelta(hours=2))
    server.delete("work", "day & night.ics")
    entries, removed, next_token = read(token, work, next_token)
    assert ([entry.key for entry in entries], removed) == (["one"], {"day & night"})
    assert "DTSTART:20260303T120000Z" in entries[0].components
    assert read(token, work, next_token)[:2] == ([], set())


def test_a_synchronization_that_is_cut_is_read_to_its_end(
    server: RunningCalDav, token: str, work: str
) -> None:
    _, _, next_token = read(token, work)
    server.page = 2
    for number in range(5):
        server.put_event("work", f"{number}.ics", TEN, ELEVEN)
    server.delete("work", "3.ics")
    entries, removed, _ = read(token, work, next_token)
    assert {entry.key for entry in entries} == {"0", "1", "2", "4"}
    assert removed == {"3"}


def test_an_old_sync_token_is_refused(server: RunningCalDav, token: str, work: str) -> None:
    _, _, next_token = read(token, work)
    server.forget_tokens()
    for refused in (next_token, "https://elsewhere.example/7", NO_TOKEN):
        with pytest.raises(SyncTokenRefused):
            read(token, work, refused)


def test_what_changes_while_everything_is_read_is_read_again(
    server: RunningCalDav, token: str, work: str
) -> None:
    pages = calendar.read(token, work, None, SINCE)
    server.put_event("work", "one.ics", TEN, ELEVEN)
    *_, last = pages
    server.put_event("work", "two.ics", TEN, ELEVEN)
    entries, _, _ = read(token, work, last.sync_token)
    assert "two" in {entry.key for entry in entries}


def test_series_are_read_with_their_changes_and_zones(
    server: RunningCalDav, token: str, work: str
) -> None:
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\n"
        "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTART;TZID=Z:20260303T100000\r\n"
        "DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID;TZID=Z:20260304T100000\r\n"
        "DTSTART;TZID=Z:20260304T150000\r\nDURATION:PT1H\r\nATTENDEE;PARTSTAT=DECLINED:mailto:M@x.example\r\n"
        "TRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    components = caldav_objects.extract_components(text, ("mailto:m@x.example",))
    assert components.count("BEGIN:VEVENT") == 2
    assert components.count("BEGIN:VTIMEZONE") == 1
    assert "TRANSP:TRANSPARENT" in components
    assert "TRANSP:OPAQUE" not in components
    assert "TRANSPARENT" not in caldav_objects.extract_components(text, ("mailto:n@x.example",))
    server.put("work", "s.ics", text)
    (entry,), _, _ = read(token, work)
    assert entry.components.count("BEGIN:VEVENT") == 2


# ---- writing -------------------------------------------------------------------------------------


def test_an_event_is_written_moved_and_deleted(
    server: RunningCalDav, token: str, work: str
) -> None:
    etag = calendar.insert(token, work, EVENT)
    stored = icalendar.Calendar.from_ical(server.calendars["work"].objects[f"{KEY}.ics"].text)
    (event,) = stored.walk("VEVENT")
    assert str(event["SUMMARY"]) == EVENT.title
    assert str(event["X-ARTIST-BOOKING"]) == APPOINTMENT
    assert "METHOD" not in stored

    found = calendar.find(token, work, KEY)
    assert found is not None
    assert (found.appointment_id, found.etag) == (APPOINTMENT, etag)
    assert (found.starts_at, found.ends_at) == (TEN, ELEVEN)
    (entry,), _, _ = read(token, work)
    assert (entry.own, entry.components) == (found, "")

    with pytest.raises(EventChanged):
        calendar.insert(token, work, EVENT)
    with pytest.raises(EventChanged):
        calendar.replace(token, work, EVENT, '"another"')
    calendar.replace(token, work, EVENT, etag)
    calendar.replace(token, work, EVENT, None)
    with pytest.raises(EventChanged):
        calendar.delete(token, work, KEY, '"another"')
    calendar.delete(token, work, KEY, None)
    calendar.delete(token, work, KEY, None)
    assert calendar.find(token, work, KEY) is None


def test_an_event_names_its_artist_for_those_who_share_the_calendar(
    server: RunningCalDav, token: str, work: str
) -> None:
    calendar.insert(token, work, msgspec.structs.replace(EVENT, artist_id="usr_mara"))
    (entry,), _, _ = read(token, work)
    assert entry.own is not None
    assert entry.own.artist_id == "usr_mara"
    (kept,) = calendar_reading.separate_own([entry], "usr_mara")
    assert (kept.own, kept.components) == (entry.own, "")
    (busy,) = calendar_reading.separate_own([entry], "usr_noor")
    assert busy.own is None
    assert "DTSTART" in busy.components


def test_an_event_that_was_moved_there_says_when_it_is(
    server: RunningCalDav, token: str, work: str
) -> None:
    calendar.insert(token, work, EVENT)
    server.move("work", f"{KEY}.ics", timedelta(hours=3))
    found = calendar.find(token, work, KEY)
    assert found is not None
    assert (found.starts_at, found.ends_at) == (
        TEN + timedelta(hours=3),
        ELEVEN + timedelta(hours=3),
    )


@pytest.mark.parametrize("line", [f"X-ARTIST-BOOKING:{APPOINTMENT}", "X:y"])
def test_an_event_of_ours_is_known_by_each_of_its_marks(line: str) -> None:
    own_uid = f"{APPOINTMENT}@{caldav_objects.UID_DOMAIN}"
    uid = "other" if APPOINTMENT in line else own_uid
    text = (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n{line}\r\n"
        "DTSTART:20260303T100000Z\r\nDURATION:PT1H\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    found = caldav_objects.read_own("renamed", text, '"1"')
    assert found is not None
    assert (found.appointment_id, found.starts_at, found.ends_at) == (APPOINTMENT, TEN, ELEVEN)
    assert caldav_objects.read_own("x", text.replace(APPOINTMENT, "apt_?"), "") is None


@pytest.mark.parametrize(
    "lines", ["DTSTART:20260303T100000Z\r\nRRULE:FREQ=DAILY", "DTSTART;VALUE=DATE:20260303", "X:y"]
)
def test_an_event_of_ours_without_one_time_is_at_none(lines: str) -> None:
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    found = caldav_objects.read_own(KEY, text, "")
    assert found is not None
    assert (found.starts_at, found.ends_at) == (None, None)


def test_nothing_is_sent_to_other_servers(token: str, server: RunningCalDav) -> None:
    before = len(server.requests)
    for elsewhere in ("https://elsewhere.example/calendars/work/", "http://127.0.0.1:9/work/"):
        with pytest.raises(EventGone):
            calendar.insert(token, elsewhere, EVENT)
        with pytest.raises(EventGone):
            list(calendar.read(token, elsewhere, None, SINCE))
    assert len(server.requests) == before


def test_there_are_no_channels(token: str, work: str) -> None:
    channel = Channel(id="1", token="2", expires_at=TEN)
    assert calendar.watch(token, work, channel) is None
    calendar.stop(token, "1", "2")


# ---- errors --------------------------------------------------------------------------------------


def test_every_error_of_the_standin_is_understood(
    server: RunningCalDav, token: str, work: str
) -> None:
    """One test for its whole table: each row is answered, and becomes one of our failures."""
    login = Login.decode(token)
    holidays, gone = work.replace("work", "holidays"), work.replace("work", "none")
    other = caldav_client.Login(home=login.home, username=USER, password="x")
    with pytest.raises(TokenRefused):
        calendar.list_calendars(other.encode())
    with pytest.raises(ProviderRefused) as refusal:
        calendar.insert(token, holidays, EVENT)
    assert refusal.value.status == standins.ERRORS["read_only"]
    with pytest.raises(ProviderRefused):
        calendar.delete(token, holidays, KEY, None)
    with pytest.raises(SyncTokenRefused):
        read(token, work, "https://caldav.standin.example/sync/99")
    with pytest.raises(EventGone):
        calendar.insert(token, gone, EVENT)
    for depth, body in (("infinity", caldav_documents.HOME), ("0", "<no")):
        with pytest.raises(ProviderRefused) as refusal:
            caldav_client.ask("PROPFIND", work, login, body, depth=depth)
        assert (
            refusal.value.status == standins.ERRORS["no_depth"] == standins.ERRORS["malformed_xml"]
        )
    with pytest.raises(ProviderRefused):
        caldav_client.ask("REPORT", work, login, "<no", depth="0")
    calendar.insert(token, work, EVENT)
    with pytest.raises(EventChanged):  # precondition_failed
        calendar.insert(token, work, EVENT)
    for name, text, error in (
        ("copy.ics", server.calendars["work"].objects[f"{KEY}.ics"].text, "uid_conflict"),
        ("other.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "not_a_calendar_object"),
    ):
        answer = caldav_client.send(
            "PUT", work + name, login, headers={"Content-Type": "text/calendar"}, body=text.encode()
        )
        assert answer.status == standins.ERRORS[error]


def test_faults_of_the_server_become_ours(server: RunningCalDav, token: str, work: str) -> None:
    server.faults = [Fault(status=429, headers={"Retry-After": "60"})]
    with pytest.raises(RateLimited) as limit:
        calendar.list_calendars(token)
    assert limit.value.until is not None
    for fault in (Fault(status=503), Fault(method="PUT", drop="before"), Fault(status=500)):
        server.faults = [fault]
        with pytest.raises(ProviderFailed):
            calendar.insert(token, work, EVENT)
    server.faults = [Fault(method="PUT", drop="after")]
    with pytest.raises(ProviderFailed):
        calendar.insert(token, work, EVENT)
    with pytest.raises(EventChanged):  # it was written: only the answer was lost
        calendar.insert(token, work, EVENT)


@pytest.mark.parametrize(
    "body",
    [
        b"no XML",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>',
    ],
)
def test_an_answer_that_is_none_is_a_failure(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        caldav_documents.parse(body)


def test_tokens_show_no_password() -> None:
    assert "app-password" not in repr(
        Tokens(Login(home="h", username="u", password="app-password").encode())
    )

"""Calendars on CalDAV servers, behind the protocol of calendars.

A calendar's id is its address. Ours is only called below the home that was found when the account
was connected: the password is sent nowhere else.

CalDAV: RFC 4791. Synchronization: RFC 6578. Versions of events: RFC 9110, 13.1. There are no
channels, so calendars are read on a schedule.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

from shared.platform import clock
from shared.platform.outside_calls import Answer
from social.models.calendars import Entry, OwnEvent
from social.providers import caldav_client, caldav_documents, caldav_objects
from social.providers.caldav_client import Login
from social.providers.caldav_documents import Resource
from social.providers.calendars import (
    Channel,
    EventChanged,
    EventGone,
    ListedCalendar,
    OpenChannel,
    Page,
    SyncTokenRefused,
    WrittenEvent,
)
from social.providers.failures import ProviderFailed, ProviderRefused

OBJECTS_PER_REQUEST = 100
MAX_ROUNDS = 200  # of a synchronization that the server cuts into parts
# Of a server that keeps no history: everything is read each time.
NO_TOKEN = "none"  # noqa: S105
_SUFFIX = ".ics"
_TOO_MANY = 507


class CalDavCalendar:
    """The calendars of accounts on CalDAV servers. See `Calendar` for what its methods do."""

    def list_calendars(self, token: str) -> list[ListedCalendar]:
        """List the calendars of the account that take events, as the server orders them."""
        login = Login.decode(token)
        answer = caldav_client.ask(
            "PROPFIND", login.home, login, caldav_documents.CALENDARS, depth="1"
        )
        found = [each for each in answer.resources if each.is_calendar]
        keys = [urljoin(login.home, each.href) for each in found]
        return [
            ListedCalendar(
                key=key,
                name=each.name or unquote(urlsplit(key).path.rstrip("/").rpartition("/")[2]),
                can_write=each.can_write,
            )
            for key, each in zip(keys, found, strict=True)
            if _is_below(key, login)
        ]

    def read(
        self, token: str, calendar: str, sync_token: str | None, since: datetime
    ) -> Iterator[Page]:
        """Read a calendar part by part, or what changed in it."""
        login = _login(token, calendar)
        if sync_token == NO_TOKEN:
            raise SyncTokenRefused("the server keeps no history")
        if sync_token is None:
            yield from self._read_all(login, calendar, since)
        else:
            yield from self._read_changes(login, calendar, sync_token)

    def watch(
        self,
        token: str,  # noqa: ARG002
        calendar: str,  # noqa: ARG002
        channel: Channel,  # noqa: ARG002
    ) -> OpenChannel | None:
        """Return None: there are no channels."""
        return None

    def stop(self, token: str, channel_id: str, resource_id: str) -> None:
        """Do nothing: there are no channels."""

    def find(self, token: str, calendar: str, key: str) -> OwnEvent | None:
        """Return what is there of an event of ours; None if there is none."""
        login = _login(token, calendar)
        answer = caldav_client.send("GET", _object_url(calendar, key), login)
        if answer.status in (404, 410):
            return None
        _require(answer, 200)
        text = answer.body.decode(errors="replace")
        return caldav_objects.read_own(key, text, answer.headers.get("etag", ""))

    def insert(self, token: str, calendar: str, event: WrittenEvent) -> str:
        """Write an event, and return its etag."""
        return self._put(token, calendar, event, {"If-None-Match": "*"})

    def replace(self, token: str, calendar: str, event: WrittenEvent, etag: str | None) -> str:
        """Write the next version of an event, and return its etag."""
        return self._put(token, calendar, event, {"If-Match": etag} if etag else {})

    def delete(self, token: str, calendar: str, key: str, etag: str | None) -> None:
        """Delete an event, if it is there."""
        login = _login(token, calendar)
        headers = {"If-Match": etag} if etag else {}
        answer = caldav_client.send("DELETE", _object_url(calendar, key), login, headers=headers)
        if answer.status == 412:
            raise EventChanged("status 412")
        if answer.status not in (404, 410):
            _require(answer, 200, 204)

    # ---- reading

    def _read_all(self, login: Login, calendar: str, since: datetime) -> Iterator[Page]:
        # The token comes first: what changes meanwhile is read twice, and not missed.
        answer = caldav_client.ask(
            "PROPFIND", calendar, login, caldav_documents.SYNC_TOKEN, depth="0"
        )
        token = next((each.sync_token for each in answer.resources if each.sync_token), NO_TOKEN)
        found = caldav_client.ask(
            "REPORT", calendar, login, caldav_documents.query(since), depth="1"
        )
        for batch in _cut([each.href for each in found.resources if each.status == 200]):
            yield self._read_some(login, calendar, batch)
        yield Page(entries=[], removed=[], sync_token=token)

    def _read_changes(self, login: Login, calendar: str, sync_token: str) -> Iterator[Page]:
        for _ in range(MAX_ROUNDS):
            body = caldav_documents.sync(sync_token)
            try:
                answer = caldav_client.ask("REPORT", calendar, login, body, depth="0")
            except ProviderRefused as error:
                # DAV:valid-sync-token is 403; some servers answer another status (RFC 6578, 3.2).
                raise SyncTokenRefused(f"status {error.status}") from None
            if not answer.sync_token:
                raise ProviderFailed("a sync token is missing")
            own = urlsplit(calendar).path
            listed = [each for each in answer.resources if urlsplit(each.href).path != own]
            is_cut = any(each.status == _TOO_MANY for each in answer.resources)
            there = [each.href for each in listed if each.status == 200]
            removed = [_name(each.href) for each in listed if each.status in (404, 410)]
            for batch in _cut(there):
                yield self._read_some(login, calendar, batch)
            sync_token = answer.sync_token
            yield Page(
                entries=[], removed=removed, sync_token=None if is_cut else answer.sync_token
            )
            if not is_cut:
                return
        raise ProviderFailed("too many parts")

    def _read_some(self, login: Login, calendar: str, hrefs: Sequence[str]) -> Page:
        answer = caldav_client.ask(
            "REPORT", calendar, login, caldav_documents.multiget(hrefs), depth="1"
        )
        entries, removed = [], []
        for resource in answer.resources:
            if resource.data is not None:
                entries.append(_read_entry(resource, login))
            elif resource.status in (404, 410):
                removed.append(_name(resource.href))
        return Page(entries=entries, removed=removed)

    # ---- writing

    def _put(
        self, token: str, calendar: str, event: WrittenEvent, condition: dict[str, str]
    ) -> str:
        login = _login(token, calendar)
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        answer = caldav_client.send(
            "PUT",
            _object_url(calendar, event.key),
            login,
            headers=headers,
            body=caldav_objects.write(event, clock.now()),
        )
        if answer.status == 412:
            raise EventChanged("status 412")
        if answer.status in (404, 409, 410):  # its collection is gone (RFC 4918, 9.7.1)
            raise EventGone(f"status {answer.status}")
        _require(answer, 200, 201, 204)
        etag = answer.headers.get("etag")
        if etag is None:  # the server changed what we sent (RFC 4791, 5.3.4)
            written = self.find(token, calendar, event.key)
            etag = written.etag if written else ""
        return etag


def _cut(hrefs: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(hrefs), OBJECTS_PER_REQUEST):
        yield hrefs[first : first + OBJECTS_PER_REQUEST]


def _login(token: str, calendar: str) -> Login:
    login = Login.decode(token)
    if not _is_below(calendar, login):
        raise EventGone("the calendar is none of this account")
    return login


def _is_below(key: str, login: Login) -> bool:
    """Return whether an address is one of the server on which the account is."""
    address, home = urlsplit(key), urlsplit(login.home)
    return (address.scheme, address.netloc) == (home.scheme, home.netloc)


def _read_entry(resource: Resource, login: Login) -> Entry:
    key, text = _name(resource.href), resource.data or ""
    own = caldav_objects.read_own(key, text, resource.etag)
    if own is not None and not own.artist_id:
        return Entry(key=key, series=key, own=own)
    components = caldav_objects.extract_components(text, login.addresses)
    return Entry(key=key, series=key, components=components, own=own)


def _name(href: str) -> str:
    """Return the name of an object in its calendar, without `.ics`."""
    return unquote(urlsplit(href).path.rstrip("/").rpartition("/")[2]).removesuffix(_SUFFIX)


def _object_url(calendar: str, key: str) -> str:
    return f"{calendar.rstrip('/')}/{quote(key, safe='')}{_SUFFIX}"


def _require(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise ProviderRefused(f"status {answer.status}", status=answer.status)

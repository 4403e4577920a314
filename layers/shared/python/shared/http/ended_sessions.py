"""Sessions that ended lately: their access tokens are valid, but no longer allowed.

auth adds an item to a partition of its table in the transaction that ends sessions. Whoever
verifies access tokens keeps the ended sessions of the last minutes in memory, and reads what was
added at most every 15 seconds. So verifying makes no call, and an ended session is denied at most
25 seconds after it ended, also while DynamoDB does not respond: a list that is older than that is
not used, and the token can be neither allowed nor denied (docs/adr/0042).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from shared.platform import clock, outages, signed_calls
from shared.platform.config import resource_name
from shared.platform.outages import Outage

PARTITION = "ENDED_SESSIONS"
# An access token lives for 15 minutes; clocks and a request that was issuing it meanwhile (18
# seconds at most) are allowed for.
KEPT_FOR = timedelta(minutes=16)

REFRESHED_AFTER = timedelta(seconds=15)
MAX_AGE = timedelta(seconds=25)
RETRIED_AFTER = timedelta(seconds=5)
# What is written at the end of a request (after 18 seconds at most) has the time of its beginning,
# by a clock that may be a few seconds off. So that much is read again each time.
OVERLAP = timedelta(seconds=30)


class Ended(NamedTuple):
    """Sessions that were ended together."""

    at: datetime
    session_ids: list[str]


Fetch = Callable[[datetime], Iterable[Ended]]


class EndedSessions:
    """The sessions that ended lately, as one container knows them.

    Ages are measured by the clock of the day: the monotonic clock stands still while Lambda has
    frozen the container.
    """

    def __init__(self, fetch: Fetch) -> None:
        """Begin with an empty list, which is fetched with the first question.

        Args:
            fetch: Returns what was ended since an instant.
        """
        self._fetch = fetch
        self.forget()

    def contains(self, session_id: str, read_clock: Callable[[], datetime]) -> bool:
        """Return whether a session ended in the last minutes.

        Args:
            session_id: Id of the session.
            read_clock: Returns the current instant. A call may take seconds.

        Raises:
            Outage: The list is older than 25 seconds and cannot be fetched.
        """
        now = read_clock()
        if not _is_within(REFRESHED_AFTER, self._fetched_at, now) and not _is_within(
            RETRIED_AFTER, self._failed_at, now
        ):
            self._refresh(now)
            now = read_clock()
        if not _is_within(MAX_AGE, self._fetched_at, now):
            raise Outage("Nobody knows which sessions have ended.")
        return session_id in self._ended

    def forget(self) -> None:
        """Forget everything, as a container that ends."""
        self._ended: dict[str, datetime] = {}
        self._fetched_at: datetime | None = None
        self._failed_at: datetime | None = None

    def _refresh(self, now: datetime) -> None:
        since = now - KEPT_FOR if self._fetched_at is None else self._fetched_at - OVERLAP
        try:
            added = list(self._fetch(max(since, now - KEPT_FOR)))
        except Exception as error:
            if not outages.find(error):
                raise
            # Imported here because importing it takes a tenth of a cold start.
            from shared.platform.logs import logger  # noqa: PLC0415

            logger.exception("ended sessions not fetched", cause=type(error).__name__)
            self._failed_at = now
            return
        for ended in added:
            self._ended.update(dict.fromkeys(ended.session_ids, ended.at))
        oldest = now - KEPT_FOR
        self._ended = {id_: at for id_, at in self._ended.items() if at >= oldest}
        self._fetched_at, self._failed_at = now, None


def has_ended(session_id: str) -> bool:
    """Return whether a session ended in the last minutes, as this container knows.

    Raises:
        Outage: The list is older than 25 seconds and cannot be fetched.
    """
    return _lately.contains(session_id, clock.now)


def forget() -> None:
    """Forget the list of this container, so that tests can play another one."""
    _lately.forget()


def sort_key(instant: datetime) -> str:
    """Return what the sort keys of the items of an instant begin with: they sort by time."""
    return f"{int(instant.timestamp() * 1000):013d}"


def fetch(since: datetime) -> Iterable[Ended]:
    """Read what was ended since an instant, consistently. One call for each mebibyte."""
    start: dict[str, Any] | None = None
    while True:
        page = signed_calls.call(
            "dynamodb",
            "DynamoDB_20120810",
            "Query",
            {
                "TableName": resource_name("auth"),
                "ConsistentRead": True,
                "KeyConditionExpression": "pk = :partition AND sk >= :since",
                "ProjectionExpression": "sk, session_ids",
                "ExpressionAttributeValues": {
                    ":partition": {"S": PARTITION},
                    ":since": {"S": sort_key(since)},
                },
                **({"ExclusiveStartKey": start} if start else {}),
            },
        )
        yield from map(_to_ended, page["Items"])
        start = page.get("LastEvaluatedKey")
        if not start:
            return


def _to_ended(item: dict[str, Any]) -> Ended:
    milliseconds = int(item["sk"]["S"].partition("#")[0])
    at = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    return Ended(at, [value["S"] for value in item["session_ids"]["L"]])


def _is_within(age: timedelta, instant: datetime | None, now: datetime) -> bool:
    # A clock that was set back makes an instant of the past one of the future.
    return instant is not None and timedelta() <= now - instant < age


_lately = EndedSessions(fetch)

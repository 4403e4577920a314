"""Responses of the gateway, and what its functions for operators take and return."""

from typing import Any, Literal

import msgspec

from shared.http.decoding import Output


class PlatformHealth(Output, frozen=True):
    """The health of the platform.

    Attributes:
        status: `ok`: the gateway answers. Example: ok
        features: Empty. Each feature has a health route of its own. Example: {}
    """

    status: str
    features: dict[str, str]


class Comparison(msgspec.Struct, frozen=True, rename="camel"):
    """An answer of the monolith, to be compared with that of ours.

    Attributes:
        feature: Feature of the path.
        route: The old route, such as `GET /appointments/{id}`; empty if ours has none.
        parameters: Parameters of the path.
        query: Query string.
        request_body: Body of the request.
        claims: What the authorizer said about the access token.
        address: IP address of the client.
        status: Status that the monolith answered.
        body: Decoded body that it answered.
        correlation_id: Id of the request.
    """

    feature: str
    route: str
    parameters: dict[str, str]
    query: dict[str, list[str]]
    request_body: dict[str, Any]
    claims: dict[str, str]
    address: str
    status: int
    body: Any
    correlation_id: str


class Compared(msgspec.Struct, frozen=True, rename="camel"):
    """The number of fields that differ."""

    differences: int


class Migration(msgspec.Struct, frozen=True, rename="camel"):
    """What an operator asks about the migration from the monolith.

    Attributes:
        action: `list` shows the switches, `switch` sets one, `report` shows the differences of a
            feature, `clear` begins to count them again, `bring-back` sends the monolith what ours
            has written for old clients, `settle` says how a write of unknown outcome ended, and
            `take-over` brings what was changed in the monolith since to ours, and `link` says
            which ids imported records have.
        feature: The feature.
        mode: The mode to set.
        reason: Why, for the log.
        by: Who asks, for the log.
        record: The record to settle, or the id of a write.
        monolith_id: Its id in the monolith; `none` if the monolith lacks it, so that it is sent
            again, and `forget` if nothing has to be done.
        links: Imported records to link: the id in the monolith, ours, and our id of the client.
        after: `next` of the report before, to go on with `take-over`.
    """

    action: Literal[
        "list", "switch", "report", "clear", "bring-back", "settle", "take-over", "link"
    ]
    feature: str = ""
    mode: str = ""
    reason: str = ""
    by: str = ""
    record: str = ""
    monolith_id: str = ""
    links: list[tuple[str, str, str]] = []
    after: str = ""


class MigrationReport(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an operator: lines to print, or why it is impossible.

    Attributes:
        lines: The lines.
        problem: Why it is impossible.
        next: Where the next call goes on; None at the end.
    """

    lines: list[str]
    problem: str | None = None
    next: str | None = None

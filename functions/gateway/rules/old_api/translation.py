"""Translations between the old API and ours: pure functions, a few for each old route."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.rules.old_paths import OldPath

Query = Mapping[str, list[str]]


class Untranslatable(Exception):
    """The old request says something that our API cannot say. The message is for its sender."""


class OldRequest(msgspec.Struct, frozen=True):
    """A request of an old client.

    Attributes:
        parameters: Parameters of the path by name.
        query: Query string: each parameter with all its values.
        body: The decoded body; empty without one.
    """

    parameters: dict[str, str]
    query: Query
    body: dict[str, Any]

    def take(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Return fields of the body that are there: some by the same name, some by another.

        Args:
            *names: Fields that our API calls the same.
            **renamed: Our name by the old one.
        """
        pairs = {**{name: name for name in names}, **renamed}
        return {new: self.body[old] for old, new in pairs.items() if self.body.get(old) is not None}


class NewRequest(msgspec.Struct, frozen=True):
    """A request of our API.

    Attributes:
        method: Its method.
        resource: The template of its path, such as `/v1/appointments/{id}`.
        parameters: Parameters of the path by name.
        query: Query string.
        body: The body; None without one.
    """

    method: str
    resource: str
    parameters: dict[str, str] = {}
    query: dict[str, list[str]] = {}
    body: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        """The path."""
        return self.resource.format(**self.parameters)


class Route(msgspec.Struct, frozen=True):
    """An old route that ours can serve.

    Attributes:
        method: Its method.
        path: Its path below the feature, such as `/{id}/cancel`.
        to_new: Makes our request of an old one.
        to_old: Makes the body of the old answer of that of ours.
        status: Status of success of the old API.
        to_preview: Makes a request that says what ours would do, and does not do it. Without one a
            write is compared up to the validation of its body.
        is_paged: Whether ours answers in pages, which the old API does not.
        keeps_record: Whether it makes or changes a record, which the monolith needs as well should
            it take over again.
    """

    method: str
    path: str
    to_new: Callable[[OldRequest], NewRequest]
    to_old: Callable[[Any], Any]
    status: int = 200
    to_preview: Callable[[OldRequest], NewRequest] | None = None
    is_paged: bool = False
    keeps_record: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


class Match(msgspec.Struct, frozen=True):
    """An old route with the parameters of a path."""

    route: Route
    parameters: dict[str, str]


class BroughtBack(msgspec.Struct, frozen=True):
    """A request that brings a record of ours back to the monolith."""

    method: str
    path: str
    body: dict[str, Any]


class Feature(msgspec.Struct, frozen=True):
    """A feature whose old paths can be switched.

    Attributes:
        name: Its name, in old paths and in ours.
        routes: Its old routes.
        record_prefix: Prefix of ids of ours; empty where no route names a record.
        resource: Where a record of ours is read, when it is brought back.
        to_record: Makes the old form of a record of ours.
        bring_back: Makes the request that brings it back: the record's old form, and its id in the
            monolith if it has one.
        followed: Fields in which ours follows the monolith when it takes a record over, each by a
            PATCH of that field alone.
        same: Fields by which records of a list are recognized; ids differ between both sides.
        ignored: Fields that are not compared.
        shown: Fields whose values a report may show: they say nothing about a person.
    """

    name: str
    routes: tuple[Route, ...]
    record_prefix: str = ""
    resource: str = ""
    to_record: Callable[[Any], dict[str, Any]] | None = None
    bring_back: Callable[[dict[str, Any], str | None], BroughtBack] | None = None
    followed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()

    def match(self, method: str, path: OldPath) -> Match | None:
        """Return the route of a request. Routes without parameters come before others."""
        wanted = "GET" if method == "HEAD" else method
        for route in sorted(self.routes, key=lambda each: each.path.count("{")):
            template = [part for part in route.path.split("/") if part]
            if route.method != wanted or len(template) != len(path.segments):
                continue
            parameters = _fit(template, path.segments)
            if parameters is not None:
                return Match(route, parameters)
        return None

    def title(self, route: Route) -> str:
        """Return the name of a route in reports, such as `POST /appointments/{id}/cancel`."""
        return f"{route.method} /{self.name}{route.path}"

    def find(self, title: str) -> Route:
        """Return the route with this name."""
        return next(route for route in self.routes if self.title(route) == title)


def _fit(template: list[str], segments: tuple[str, ...]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for expected, segment in zip(template, segments, strict=True):
        if expected.startswith("{"):
            parameters[expected.strip("{}")] = segment
        elif expected != segment.lower():
            return None
    return parameters


def pick_query(query: Query, *names: str) -> dict[str, list[str]]:
    """Return the parameters of a query string that our API knows as well."""
    return {name: list(query[name]) for name in names if query.get(name)}


def failure(problem: Any) -> dict[str, Any]:
    """Make the old form of a problem: `error`, with the fields that are wrong."""
    stated = problem if isinstance(problem, dict) else {}
    answer: dict[str, Any] = {"error": stated.get("detail") or "Something went wrong."}
    if stated.get("code"):
        answer["code"] = stated["code"]
    if stated.get("errors"):
        answer["errors"] = stated["errors"]
    return answer

"""Parts of the demo data, each made once and only where the features that it needs run."""

import json
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from infra.local.demo import artists, scenes, studio
from infra.local.demo.requests import Caller
from infra.local.demo.scenes import Cast
from infra.local.settings import Settings

_BOOKS = frozenset({"auth", "appointments", "profiles", "files"})
_ALL = _BOOKS | {"consultations", "messaging", "notifications", "policies", "quick-actions"}
_PASSWORD = "demo-artist"  # noqa: S105 - a public account of a stack on this machine
_CLIENT_PASSWORD = "demo-client"  # noqa: S105 - the same
# Inspections of pictures take most of the time, and several run at once.
_THREADS = 4


class _Part(NamedTuple):
    needs: Collection[str]
    make: Callable[[Cast], None]


@dataclass(frozen=True)
class _Memory:
    """Names of the parts that are done, beside the data, which `make reset` deletes."""

    file: Path

    def names(self) -> list[str]:
        return list(json.loads(self.file.read_text())) if self.file.exists() else []

    def add(self, name: str) -> None:
        self.file.write_text(json.dumps([*self.names(), name]) + "\n")


def furnish(settings: Settings, session: boto3.Session, users: dict[str, Any]) -> Iterator[str]:
    """Add what is missing of the demo data; yield the name of each part once it is there.

    A part that was interrupted is made again: what it made before is found by its idempotency keys.

    Args:
        settings: The stack.
        session: With access to it.
        users: The demo users that every stack has, by their roles.

    Raises:
        StackError: A function refused a request.
    """
    memory = _Memory(settings.data_dir / "demo.json")
    done = memory.names()
    running = _find_features(session, settings.prefix())
    missing = {
        name: part
        for name, part in _PARTS.items()
        if name not in done and running >= set(part.needs)
    }
    if not missing:
        return
    cast = _gather(settings, session, users)
    for name, part in missing.items():
        part.make(cast)
        memory.add(name)
        yield name


def _find_features(session: boto3.Session, prefix: str) -> set[str]:
    pages = session.client("lambda").get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    return {
        name.removeprefix(prefix).removesuffix("-api")
        for name in names
        if name.startswith(prefix) and name.endswith("-api")
    }


def _gather(settings: Settings, session: boto3.Session, users: dict[str, Any]) -> Cast:
    prefix = settings.prefix()

    def provide(email: str, name: str, role: str, password: str) -> Caller:
        person = {"email": email, "password": password, "name": name, "role": role}
        answer = session.client("lambda").invoke(
            FunctionName=f"{prefix}auth-provision-user", Payload=json.dumps(person)
        )
        return Caller(session, prefix, str(json.load(answer["Payload"])["id"]), email, role)

    def known(role: str) -> Caller:
        return Caller(session, prefix, users[role]["id"], users[role]["email"], role)

    others = {
        artist.key: provide(artist.email, artist.name, "artist", _PASSWORD)
        for artist in artists.ARTISTS
    }
    sam = provide("sam@example.com", "Sam Rivera", "client", _CLIENT_PASSWORD)
    return Cast(known("artist"), known("client"), sam, others)


def _open_studios(cast: Cast) -> None:
    with ThreadPoolExecutor(_THREADS) as threads:
        opened = [threads.submit(artists.open_studio, cast.ari, artists.ARI)]
        opened += [
            threads.submit(artists.open_studio, cast.others[artist.key], artist)
            for artist in artists.ARTISTS
        ]
        for each in opened:
            each.result()


_PARTS = {
    "artists": _Part(_BOOKS, _open_studios),
    "studio": _Part(_ALL, lambda cast: studio.open_studio(cast.ari)),
    "what the studio sends": _Part(_ALL, lambda cast: studio.prepare_messages(cast.ari)),
    "visits and reviews": _Part(_ALL, scenes.look_back),
    "bookings": _Part(_ALL, scenes.book),
    "requests and proposals": _Part(_ALL, scenes.ask),
    "boards, notes and vouchers": _Part(_ALL, scenes.keep),
    "conversations": _Part(_ALL, scenes.talk),
}

"""Attachable files: copied from events of the files feature, in any order."""

from itertools import permutations
from typing import Any

import pytest

from tests.functional.messaging.world import ARTIST, CLIENT, World, errors, ok

FILE = "fil_01JD0000000000000000000001"
CLEANED = ("file.cleaned", {"contentType": "image/webp", "recordVersion": 2})
REMOVED = ("file.removed", {"recordVersion": 3})


def consume(world: World, event: tuple[str, dict[str, Any]], owner: str = CLIENT) -> None:
    type_, data = event
    world.consume(type_, {"fileId": FILE, "ownerId": owner, **data})


def attach(world: World, kind: str = "image") -> Any:
    return world.try_sending(world.client, "", type=kind, attachments=[FILE])


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/webp", "image"), ("video/mp4", "video"), ("application/pdf", "file")],
)
def test_a_clean_file_is_attached_as_its_own_kind(
    world: World, content_type: str, kind: str
) -> None:
    world.open()
    consume(world, ("file.cleaned", {"contentType": content_type, "recordVersion": 2}))
    assert ok(attach(world, kind), 201)["attachments"] == [FILE]
    wrong = "video" if kind != "video" else "image"
    assert "body.attachments[0]" in errors(attach(world, wrong))


def test_nobody_attaches_somebody_elses_file(world: World) -> None:
    world.open()
    consume(world, CLEANED, ARTIST)
    assert "body.attachments[0]" in errors(attach(world))


@pytest.mark.parametrize("order", list(permutations([CLEANED, REMOVED, CLEANED])))
def test_a_removed_file_stays_removed_in_any_order_of_events(world: World, order: Any) -> None:
    world.open()
    for event in order:
        consume(world, event)
    for kind in ("image", "file"):
        assert "body.attachments[0]" in errors(attach(world, kind))

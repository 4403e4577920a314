"""Which files may be attached, as the files feature tells it in whatever order."""

from itertools import permutations
from typing import Any

import pytest

from tests.functional.messaging.people import ARTIST, CLIENT, World, errors, ok

FILE = "fil_01JD0000000000000000000001"
CLEANED = ("file.cleaned", {"contentType": "image/webp", "recordVersion": 2})
REMOVED = ("file.removed", {"recordVersion": 3})


def hear(world: World, told: tuple[str, dict[str, Any]], owner: str = CLIENT) -> None:
    type_, data = told
    world.hear(type_, {"fileId": FILE, "ownerId": owner, **data})


def attaches(world: World, kind: str = "image") -> Any:
    return world.try_sending(world.client, "", type=kind, attachments=[FILE])


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/webp", "image"), ("video/mp4", "video"), ("application/pdf", "file")],
)
def test_a_clean_file_is_attached_as_what_it_is(world: World, content_type: str, kind: str) -> None:
    world.open()
    hear(world, ("file.cleaned", {"contentType": content_type, "recordVersion": 2}))
    assert ok(attaches(world, kind), 201)["attachments"] == [FILE]
    wrong = "video" if kind != "video" else "image"
    assert "body.attachments[0]" in errors(attaches(world, wrong))


def test_nobody_attaches_the_file_of_another(world: World) -> None:
    world.open()
    hear(world, CLEANED, ARTIST)
    assert "body.attachments[0]" in errors(attaches(world))


@pytest.mark.parametrize("order", list(permutations([CLEANED, REMOVED, CLEANED])))
def test_what_was_removed_stays_so_in_any_order(world: World, order: Any) -> None:
    world.open()
    for told in order:
        hear(world, told)
    for kind in ("image", "file"):
        assert "body.attachments[0]" in errors(attaches(world, kind))

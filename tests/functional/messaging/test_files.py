"""Attachable files: copied from events of the files feature, in any order."""

from itertools import permutations
from typing import Any

import pytest

from files.models import FileStatus
from tests.functional.messaging.world import ARTIST, CLIENT, World, errors, ok
from tests.support import aws_calls, clean_files

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


def test_a_voice_note_is_one_sound(world: World) -> None:
    world.open()
    second = f"{FILE[:-1]}2"
    for file_id in (FILE, second):
        data = {"fileId": file_id, "ownerId": CLIENT, "contentType": "audio/mp4"}
        world.consume("file.cleaned", data | {"recordVersion": 2})
    note = ok(attach(world, "voice"), 201)
    assert (note["type"], note["attachments"]) == ("voice", [FILE])
    assert ok(attach(world, "file"), 201)["type"] == "file"  # any other sound
    assert "body.attachments[0]" in errors(attach(world, "image"))
    both = world.try_sending(world.client, "", type="voice", attachments=[FILE, second])
    assert errors(both) == {"body.attachments": "must name one sound"}
    consume(world, CLEANED)
    consume(world, ("file.cleaned", {"contentType": "image/webp", "recordVersion": 3}))
    assert errors(attach(world, "voice")) == {"body.attachments[0]": "is not of the kind voice"}


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


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/webp", "image"), ("video/mp4", "video"), ("application/pdf", "file")],
)
def test_a_file_is_attached_before_the_event_that_it_is_clean_arrives(
    world: World, content_type: str, kind: str
) -> None:
    world.open()
    clean_files.create(CLIENT, FILE, content_type)
    wrong = "video" if kind != "video" else "image"
    assert "is not of the kind" in errors(attach(world, wrong))["body.attachments[0]"]
    assert ok(attach(world, kind), 201)["attachments"] == [FILE]
    consume(world, ("file.cleaned", {"contentType": content_type, "recordVersion": 2}))
    assert ok(attach(world, kind), 201)["attachments"] == [FILE]


@pytest.mark.parametrize("status", [each for each in FileStatus if each is not FileStatus.CLEAN])
def test_a_file_that_is_not_clean_is_not_attached(world: World, status: FileStatus) -> None:
    world.open()
    clean_files.create(CLIENT, FILE, status=status)
    assert "body.attachments[0]" in errors(attach(world))


def test_nobody_attaches_somebody_elses_file_before_its_event_arrives(world: World) -> None:
    world.open()
    clean_files.create(ARTIST, FILE)
    assert "body.attachments[0]" in errors(attach(world))


def test_a_known_file_is_not_asked_for(world: World) -> None:
    world.open()
    consume(world, CLEANED)
    tables: list[str] = []

    def see(call: aws_calls.Call, client: Any, operation: str, parameters: Any) -> Any:
        tables.append(str(parameters.get("TableName")))
        return call(client, operation, parameters)

    with aws_calls.each_by(see):
        ok(attach(world), 201)
        assert not [table for table in tables if table.endswith("-files")]
        assert errors(world.try_sending(world.client, "", type="image", attachments=["fil_no"]))
    assert len([table for table in tables if table.endswith("-files")]) == 1

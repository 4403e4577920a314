"""Imports: content that another feature fetched becomes a file, by the same inspection."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from files.rules.file_types import QUOTAS, FilePurpose, Quota
from files.store import bucket
from shared.data import file_imports
from shared.data.file_imports import Fetched, FileFetched, ImportPurpose
from shared.platform import config
from tests.functional.files import samples
from tests.functional.files.conftest import NOON
from tests.functional.files.world import (
    ARTIST,
    BUCKET,
    CLIENT,
    Died,
    World,
    objects,
    published_events,
    published_types,
    s3,
    stored_items,
    usage,
)

PICTURE = samples.image(size=(40, 30))
KEY = "instagram 17895695668004550"


@pytest.fixture(autouse=True)
def _files_bucket(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the bucket as it is named to the features that hand content over."""
    monkeypatch.setenv("EXPORTS_BUCKET", BUCKET)
    config.forget()


def hand_over(
    folder: Path, content: bytes = PICTURE, content_type: str = "image/jpeg", key: str = KEY
) -> FileFetched:
    """Hand content over, as the artist's picture for the portfolio."""
    path = folder / "content"
    path.write_bytes(content)
    file_id = file_imports.derive_file_id(ARTIST, key, NOON)
    fetched = Fetched(file_id, ARTIST, ImportPurpose.PORTFOLIO, "peonies", content_type)
    return file_imports.hand_over(fetched, path)


def deliver(world: World, fetched: FileFetched, at: datetime | None = None) -> None:
    world.consume("social_file.fetched", msgspec.to_builtins(fetched), at)


def inspect_copy(world: World, file_id: str) -> None:
    """Deliver the notification of S3, which holds the copy's ETag."""
    etag = s3().head_object(Bucket=BUCKET, Key=f"incoming/{file_id}")["ETag"].strip('"')
    assert world.notify(file_id, etag) == {"batchItemFailures": []}


def test_an_import_is_inspected_and_belongs_to_its_owner(world: World, tmp_path: Path) -> None:
    fetched = hand_over(tmp_path)
    assert set(objects()) == {f"imports/{fetched.file_id}"}
    deliver(world, fetched)
    pending = world.file(fetched.file_id, world.artist)
    assert (pending["status"], pending["download"]) == ("pending", None)
    inspect_copy(world, fetched.file_id)
    file = world.file(fetched.file_id, world.artist)
    assert (file["status"], file["name"], file["purpose"]) == ("clean", "peonies.jpg", "portfolio")
    assert usage(ARTIST, "portfolio") == (len(PICTURE), 1)
    assert published_types() == ["file.cleaned"]
    assert world.client.get(f"/v1/files/{fetched.file_id}").status_code == 404
    world.sweep()
    assert {key.partition("/")[0] for key in objects()} == {"clean"}


def test_a_repetition_makes_no_second_file(world: World, tmp_path: Path) -> None:
    first = hand_over(tmp_path)
    deliver(world, first)
    deliver(world, first)
    inspect_copy(world, first.file_id)
    again = hand_over(tmp_path)  # the feature died before it recorded that this was done
    assert again == first
    deliver(world, again)
    world.sweep()
    assert {key.partition("/")[0] for key in objects()} == {"clean"}
    assert usage(ARTIST, "portfolio") == (len(PICTURE), 1)
    assert published_types() == ["file.cleaned"]
    assert hand_over(tmp_path, key="instagram 2").file_id != first.file_id


def test_a_worker_that_dies_before_the_copy_is_followed_by_one_that_makes_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_file_id: str) -> None:
        raise Died

    fetched = hand_over(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(bucket, "copy_import", die)
        with pytest.raises(Died):
            deliver(world, fetched)
    deliver(world, fetched)
    inspect_copy(world, fetched.file_id)
    assert world.file(fetched.file_id, world.artist)["status"] == "clean"
    assert usage(ARTIST, "portfolio") == (len(PICTURE), 1)


def test_bytes_that_are_not_what_was_announced_are_rejected(world: World, tmp_path: Path) -> None:
    fetched = hand_over(tmp_path)
    s3().put_object(Bucket=BUCKET, Key=f"imports/{fetched.file_id}", Body=PICTURE[::-1])
    deliver(world, fetched)
    inspect_copy(world, fetched.file_id)
    assert world.file(fetched.file_id, world.artist)["reason"] == "checksum_mismatch"


REFUSED: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "wrong_type": (b"II*\0", "image/tiff", {}),
    "size_mismatch": (b"", "image/jpeg", {}),
    "too_large": (PICTURE, "image/jpeg", {"max_size": 100}),
    "quota_used_up": (PICTURE, "image/jpeg", {"bytes": 100}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_accepted_is_rejected_without_an_inspection(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    content, content_type, limits = REFUSED[reason]
    quota: Quota = msgspec.structs.replace(QUOTAS[FilePurpose.PORTFOLIO], **limits)
    monkeypatch.setitem(QUOTAS, FilePurpose.PORTFOLIO, quota)
    fetched = hand_over(tmp_path, content, content_type)
    deliver(world, fetched)
    deliver(world, fetched)
    file = world.file(fetched.file_id, world.artist)
    assert (file["status"], file["reason"]) == ("rejected", reason)
    (event,) = published_events()
    assert (event.type, event.data["reason"]) == ("file.rejected", reason)
    assert usage(ARTIST, "portfolio") == (0, 0)
    world.sweep()
    assert objects() == {}


def test_the_file_of_another_user_is_not_touched(world: World, tmp_path: Path) -> None:
    fetched = hand_over(tmp_path)
    deliver(world, fetched)
    before = stored_items(f"FILE#{fetched.file_id}")
    deliver(world, msgspec.structs.replace(fetched, owner_id=CLIENT))
    assert stored_items(f"FILE#{fetched.file_id}") == before
    assert usage(CLIENT, "portfolio") == (0, 0)


def test_content_that_is_gone_is_rejected(world: World, tmp_path: Path) -> None:
    fetched = hand_over(tmp_path)
    s3().delete_object(Bucket=BUCKET, Key=f"imports/{fetched.file_id}")
    deliver(world, fetched)
    assert world.file(fetched.file_id, world.artist)["reason"] == "uninspectable"
    assert published_types() == ["file.rejected"]
    assert usage(ARTIST, "portfolio") == (0, 0)


def test_nothing_is_made_for_a_deleted_account(world: World, tmp_path: Path) -> None:
    fetched = hand_over(tmp_path)
    world.consume("user.deleted", {"userId": ARTIST})
    deliver(world, fetched)
    world.sweep()
    assert objects() == {}
    assert not stored_items(f"FILE#{fetched.file_id}")


def test_the_client_of_a_consultation_reads_what_the_artist_added_to_it(world: World) -> None:
    file_id = world.new_clean_file(world.artist, purpose="consultation")
    added = {"consultationId": "cns_1", "artistId": ARTIST, "clientId": CLIENT, "fileId": file_id}
    world.consume("consultation.picture_added", added)
    assert world.list_by_ids(world.client, file_id) == [file_id]
    assert world.list_by_ids(world.other_client, file_id) == []
    not_his = world.new_clean_file(world.other_client)
    world.consume("consultation.picture_added", added | {"fileId": not_his})
    assert world.list_by_ids(world.client, not_his) == []

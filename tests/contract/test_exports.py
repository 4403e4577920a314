"""Exports: every feature that stores something about people has a share."""

from typing import Any

from infra import features
from shared.data.exports import FEATURES
from shared.platform.config import path_name


def consumers_of(event_type: str) -> set[str]:
    """Return the features that consume this type."""
    apps: dict[str, Any] = dict(features.load_all())
    return {
        path_name(name)
        for name, app in apps.items()
        if any(event_type in types for types in getattr(app, "consumed", {}).values())
    }


def test_whoever_erases_a_user_exports_them_too() -> None:
    assert consumers_of("user.deleted") == consumers_of("export.requested") == set(FEATURES)


def test_the_archive_waits_for_exactly_these_shares() -> None:
    assert list(FEATURES) == sorted(set(FEATURES))

"""Old paths: which feature a path of the monolith's API belongs to, however it is written.

A server may read `/Appointments//7/` as `/appointments/7` (Express does, unless told otherwise). So
every spelling goes where the plain one goes; otherwise another spelling would pass the switch.
"""

from collections.abc import Collection

import msgspec

from gateway.rules import forwarding


class OldPath(msgspec.Struct, frozen=True):
    """A path of the old API.

    Attributes:
        feature: The feature that it belongs to.
        segments: What follows, with nothing encoded.
    """

    feature: str
    segments: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path as it is usually written."""
        return "/".join(("", self.feature, *self.segments))


def find(path: str, features: Collection[str]) -> OldPath | None:
    """Return what an unambiguous path means, None if it belongs to none of the features.

    The API of the monolith may be below `/api` (docs/migration.md), which the stage stands for. A
    client that names it twice means the same.
    """
    parts = forwarding.decode(path).split("/")
    segments = [name for part in parts if (name := part.partition(";")[0].strip())]
    while segments and segments[0].lower() == "api":
        del segments[0]
    if not segments or (feature := segments[0].lower()) not in features:
        return None
    return OldPath(feature, tuple(segments[1:]))

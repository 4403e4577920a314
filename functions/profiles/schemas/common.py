"""What many requests share."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct
from msgspec.structs import asdict

# Python's `$` lets a line break follow: (?!\n) does not.
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
UserId = Annotated[str, Meta(pattern=rf"^usr_{ULID}$(?!\n)")]
FileId = Annotated[str, Meta(pattern=rf"^fil_{ULID}$(?!\n)")]
Limit = Annotated[int, Meta(ge=1, le=50)]
Cursor = Annotated[str, Meta(max_length=1024)]


def given(changes: Struct) -> dict[str, Any]:
    """The fields of a change that were not left out."""
    return {name: value for name, value in asdict(changes).items() if value is not UNSET}

"""Pages of lists with long texts: their size is bounded, however many items they may hold."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

Item = TypeVar("Item", bound=msgspec.Struct)

# A response of Lambda has at most 6 MB. A text of 20,000 characters has at most 120 KB as JSON.
MAX_PAGE_BYTES = 1024 * 1024


def cut_to_size(items: Iterable[Item]) -> Sequence[Item]:
    """Return the first items that have at most MAX_PAGE_BYTES as JSON, and always the first one.

    No more items are taken than one that is too many.
    """
    page: list[Item] = []
    size = 0
    for item in items:
        size += len(msgspec.json.encode(item)) + 1
        if page and size > MAX_PAGE_BYTES:
            break
        page.append(item)
    return page

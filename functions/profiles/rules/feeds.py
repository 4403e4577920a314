"""Feeds: the newest items of many artists in one list, newest first."""

from collections.abc import Mapping, Sequence

Place = tuple[str, str]  # sort key of an item, and its artist


def merge(
    recent: Mapping[str, Sequence[str]], after: Place | None, limit: int
) -> tuple[list[Place], Place | None]:
    """Return a page of the items of all artists, and where the next page starts.

    Args:
        recent: Sort keys of the newest items of each artist. They begin with the time.
        after: The last item of the page before. It need not exist any more.
        limit: Most items of the page.
    """
    places = sorted(
        ((key, artist_id) for artist_id, keys in recent.items() for key in keys), reverse=True
    )
    left = [place for place in places if after is None or place < after]
    page = left[:limit]
    return page, page[-1] if len(left) > limit else None

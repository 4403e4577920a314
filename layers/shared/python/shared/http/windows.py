"""Windows of rate limits that a container remembers, and those that it counts without a call.

`LocalWindows` is for routes that cost next to nothing and must answer while DynamoDB does not. Each
container admits the limit, so it bounds what an address can do to one container.
"""

from typing import NamedTuple, Protocol, TypeVar

MAX_SUBJECTS = 4096


class Closing(Protocol):
    """Something about a window that closes."""

    @property
    def closes_at(self) -> int:
        """When the window closes, in epoch seconds."""
        ...


Remembered = TypeVar("Remembered", bound=Closing)


def remember(known: dict[str, Remembered], key: str, value: Remembered, instant: int) -> None:
    """Keep what is known of a subject's window; forget the oldest of more than MAX_SUBJECTS."""
    known.pop(key, None)
    if len(known) >= MAX_SUBJECTS:
        for closed in [other for other, kept in known.items() if kept.closes_at <= instant]:
            del known[closed]
    if len(known) >= MAX_SUBJECTS:
        del known[next(iter(known))]
    known[key] = value


class LocalWindow(NamedTuple):
    """The window of a subject in this container.

    Attributes:
        requests: Requests in the window.
        closes_at: When it closes, in epoch seconds.
    """

    requests: int
    closes_at: int


class LocalWindows:
    """The windows that one container counts."""

    def __init__(self) -> None:
        self._windows: dict[str, LocalWindow] = {}

    def count(self, key: str, instant: int, lifetime: int) -> LocalWindow:
        """Count a request; return the window with it.

        Args:
            key: Limit and subject.
            instant: The current instant in epoch seconds.
            lifetime: Seconds for which a window is open.
        """
        window = self._windows.get(key)
        if window is None or window.closes_at <= instant:
            window = LocalWindow(0, instant + lifetime)
        window = LocalWindow(window.requests + 1, window.closes_at)
        remember(self._windows, key, window, instant)
        return window

    def forget(self) -> None:
        """Lose everything, as a container that ends."""
        self._windows.clear()

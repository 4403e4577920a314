"""Leases: tokens of a rate limit that a warm container takes at once and spends without a call.

A window of a subject is one item, and each token is granted there before it is spent, so no number
of containers admits more than the limit. A container that keeps answering the same subject takes
several tokens with one call:

    granted  1 2 . . . . . . limit / 2 . . . . . . . . limit
             | leases, growing        | one by one          | refused, without a call

Tokens that lie in a container which is not asked again are lost until the window closes. So there
are never more than 2 % of the limit in all containers, and none are taken in the upper half, where
those that lie in containers are spent first (docs/adr/0023).
"""

import threading
from typing import NamedTuple, Protocol

from shared.http.windows import remember

# Leases take at most this part of a window, ...
LEASABLE = 2  # one half
# ... and at most this part of it lies unspent in containers.
UNSPENT = 50  # 2 %
# Tokens are void so many seconds before their window closes: the clocks of containers differ.
CLOCK_SKEW_SECONDS = 5


class Window(NamedTuple):
    """The current window of a subject, as stored.

    Attributes:
        granted: Tokens granted, and requests refused.
        leased: Tokens that may lie unspent in containers.
        closes_at: Epoch seconds.
    """

    granted: int
    leased: int
    closes_at: int


class Bounds(NamedTuple):
    """What a window may hold at most before a lease is taken from it."""

    granted: int
    leased: int


class Store(Protocol):
    """Where windows are counted. Each method is one atomic call; None if its condition fails."""

    def add(
        self,
        key: str,
        instant: int,
        lifetime: int,
        *,
        granted: int = 1,
        leased: int = 0,
        closes_at: int | None = None,
        bounds: Bounds | None = None,
    ) -> Window | None:
        """Add to an open window, or open the subject's first.

        Args:
            key: Limit and subject.
            instant: The current instant in epoch seconds.
            lifetime: Seconds for which a window is open.
            granted: Tokens to add.
            leased: Change of the unspent tokens.
            closes_at: Only if this window is still the current one.
            bounds: Only within these.
        """
        ...

    def reopen(self, key: str, instant: int, lifetime: int) -> Window | None:
        """Replace a closed window by a new one with one token granted."""
        ...


class Count(NamedTuple):
    """The result of counting a request.

    Attributes:
        admitted: Whether the request is within the limit.
        remaining: Requests that are certain to be admitted in this window; there may be more.
        closes_at: When the window closes, in epoch seconds.
    """

    admitted: bool
    remaining: int
    closes_at: int


class _Share:
    """What this container knows of a window, and holds of it.

    Attributes:
        window: The window after the last call.
        held: Tokens that are left.
        lease: Tokens that the last call leased beyond the one that it spent.
        served: Requests counted here in this window.
    """

    __slots__ = ("held", "lease", "served", "window")

    def __init__(self, window: Window, lease: int, served: int) -> None:
        self.window = window
        self.held = self.lease = lease
        self.served = served

    @property
    def closes_at(self) -> int:
        """When the window closes, in epoch seconds."""
        return self.window.closes_at


class Leases:
    """The shares of one container."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()

    def count(self, key: str, limit: int, instant: int, lifetime: int, *, leased: bool) -> Count:
        """Count a request.

        Args:
            key: Limit and subject.
            limit: Requests per window.
            instant: The current instant in epoch seconds.
            lifetime: Seconds for which a window is open.
            leased: Whether tokens may be leased; otherwise each admitted request is one call.
        """
        with self._lock:
            share = self._shares.get(key)
            if share is not None and instant >= share.closes_at:
                share = None
            if share is not None:
                if share.closes_at - instant <= CLOCK_SKEW_SECONDS:
                    share.held = 0
                # The last token is given back with the next call, so that the remaining requests
                # never seem to be none while there are some.
                if share.held > 1:
                    share.held -= 1
                    share.served += 1
                    return Count(True, share.held, share.closes_at)
                if share.held == 0 and share.window.granted >= limit:
                    return Count(False, 0, share.closes_at)
            # If the call fails, nobody knows whether it was carried out: what is held is lost.
            self._shares.pop(key, None)
            return self._call(key, limit, instant, lifetime, share, leased=leased)

    def _call(
        self,
        key: str,
        limit: int,
        instant: int,
        lifetime: int,
        share: _Share | None,
        *,
        leased: bool,
    ) -> Count:
        held, settled, served, closes_at = 0, 0, 0, None
        window = None
        size = 1
        if share is not None:
            held, settled, served = share.held, share.lease, share.served
            closes_at = share.closes_at if settled else None
            size = _choose_size(limit, share) if leased else 1
        if size > 1:
            growth = size - 1 - settled
            window = self._store.add(
                key,
                instant,
                lifetime,
                granted=size - held,
                leased=growth,
                closes_at=closes_at,
                bounds=Bounds(limit // LEASABLE - size + held, limit // UNSPENT - growth),
            )
        if window is None:
            size = 1
            window = self._store.add(
                key, instant, lifetime, granted=1 - held, leased=-settled, closes_at=closes_at
            )
        if window is None:  # it has closed, and what was held of it is void
            held = served = 0
            window = self._store.reopen(key, instant, lifetime) or self._store.add(
                key, instant, lifetime
            )
        if window is None:
            raise RuntimeError("The rate limit window could be neither opened nor updated.")
        admitted = held > 0 or window.granted <= limit
        remember(self._shares, key, _Share(window, size - 1, served + 1), instant)
        remaining = max(0, limit - window.granted) + size - 1
        return Count(admitted, remaining if admitted else 0, window.closes_at)

    def forget(self) -> None:
        """Lose everything, as a container that ends."""
        self._shares.clear()


def _choose_size(limit: int, share: _Share) -> int:
    """Return how many tokens to take: the more, the more this container needed so far."""
    window = share.window
    size = min(
        1 + 2 * share.served,
        1 + limit // UNSPENT - (window.leased - share.lease),
        limit // LEASABLE - window.granted + share.held,
    )
    return size if size > 2 else 1  # two would save no call

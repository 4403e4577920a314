"""Guesses: the one counter of wrong passwords and codes, and the delays that grow with it.

Every place that takes a password or a code asks here before it compares, and reports afterwards::

    ticket = guesses.admit(device, now, user_id=user.user_id)     # 429 while it has to wait
    guesses.settle(ticket, right=passwords.matches(...), now=now) # 429 if it was not the only one
    # From here on the outcome may be revealed.

Where a second factor follows, a right password is settled with `completes=False`: it pardons
nothing and makes no device known, or whoever knows it could guess codes without end.

`settle` returns `right`. Nothing about the outcome may reach the client unless it returned: of many
guesses that come at the same moment one counts and is answered, and the others are a 429 that says
nothing about them. So the delays cannot be outrun by parallel requests.

What is counted:

- The account, from any place: five wrong secrets are free, then the wait grows from 30 seconds to
  16 minutes. A right one, or 24 hours without a wrong one, resets it.
- A known device of the account: one with the network and user agent of an earlier sign-in of the
  last 180 days. It has an allowance of its own and is not asked to wait for what strangers did, so
  nobody can lock an owner out.
- The IP address (IPv6: the /64), over all accounts: 30 in an hour are free. Known devices do not
  wait for it either.

An address without an account is counted in the same way, so that the answers reveal nothing. A code
that belongs to an attempt of its own (`auth.use_cases.attempts`) is limited by its tries; pass no
account then, unless a new attempt can be had without limit, such as for a second factor.
"""

from datetime import datetime, timedelta
from math import ceil

import msgspec

from auth.rules import delays
from auth.rules.errors import TooManyGuesses
from auth.store import guesses as store
from auth.store.guesses import Counter
from domain.devices import Device
from shared.data.conflicts import WriteConflict

ATTEMPTS = 5  # at counting a right secret while others are counted


class Ticket(msgspec.Struct, frozen=True):
    """The permission to compare one secret.

    Attributes:
        source: The device that gives the secret.
        address: Counter of its IP address; None for a known device, which does not wait for it.
        account: Counter of the account; None if none is counted.
        device: Counter of the account's device; None without an account.
        known: Whether the account was signed in to from this device before.
    """

    source: Device
    address: Counter | None = None
    account: Counter | None = None
    device: Counter | None = None
    known: bool = False


def admit(
    device: Device, now: datetime, *, user_id: str | None = None, unknown: str = ""
) -> Ticket:
    """Admit a guess, or say how long to wait. One to three reads.

    Args:
        device: The device that gives the secret.
        now: The current instant.
        user_id: The account that the secret opens.
        unknown: Instead of it, the address that has no account.

    Raises:
        TooManyGuesses: The account or the address has to wait.
    """
    if user_id is not None:
        own = store.read_counter(store.device_key(user_id, device.fingerprint))
    elif unknown:
        own = store.read_counter(store.unknown_key(f"{unknown} {device.fingerprint}"))
    else:
        own = None
    known = user_id is not None and own is not None and own.exists(now)
    if known and own is not None:
        _wait_until(own.opens_at(now, delays.KNOWN_DEVICE), now)
        return Ticket(device, device=own, known=True)
    address = store.read_counter(store.address_key(device.address))
    account = None
    if user_id is not None:
        account = store.read_counter(store.account_key(user_id))
    elif unknown:
        account = store.read_counter(store.unknown_key(unknown))
    _wait_until(address.opens_at(now, delays.ADDRESS), now)
    if account is not None:
        _wait_until(account.opens_at(now, delays.ACCOUNT), now)
    return Ticket(device, address, account, own)


def settle(ticket: Ticket, *, right: bool, now: datetime, completes: bool = True) -> bool:
    """Count the outcome of a guess, and return it.

    Args:
        ticket: The permission to compare it.
        right: Whether the secret was right.
        now: The current instant.
        completes: Whether a right one is all that has to be proved.

    Raises:
        TooManyGuesses: Others guessed at the same moment, so this one does not count. The caller
            must answer as if it had not been compared.
    """
    for _ in range(ATTEMPTS):
        try:
            _count(ticket, now, right, completes)
        except WriteConflict:
            current = _read_again(ticket)
            if not right or _failures(current) != _failures(ticket):
                break
            ticket = current  # what came between were right ones
        else:
            return right
    raise TooManyGuesses(timedelta(seconds=1))


def is_known(user_id: str, device: Device, now: datetime) -> bool:
    """Return whether the account was signed in to from this device before. One read."""
    return store.read_counter(store.device_key(user_id, device.fingerprint)).exists(now)


def _count(ticket: Ticket, now: datetime, right: bool, completes: bool) -> None:
    if right and not completes:
        counter = ticket.device if ticket.known else ticket.account
        if counter is not None:
            store.confirm(counter, now)
    elif right and ticket.known and ticket.device is not None:
        store.count_success(ticket.device, now, store.KNOWN_DEVICE_LIFETIME)
    elif right and ticket.account is not None:
        # The session that starts makes the device known.
        store.count_success(ticket.account, now, delays.ACCOUNT.memory)
    if not right:
        address = ticket.address or store.read_counter(store.address_key(ticket.source.address))
        counters = [(address, delays.ADDRESS)]
        if ticket.known and ticket.device is not None:
            counters.append((ticket.device, delays.KNOWN_DEVICE))
        elif ticket.account is not None:
            counters.append((ticket.account, delays.ACCOUNT))
        store.count_failure(counters, now, ticket.device if ticket.known else None)


def _read_again(ticket: Ticket) -> Ticket:
    address, account, device = (
        counter and store.read_counter((counter.pk, counter.sk), consistent=True)
        for counter in (ticket.address, ticket.account, ticket.device)
    )
    return Ticket(ticket.source, address, account, device, ticket.known)


def _failures(ticket: Ticket) -> list[int]:
    """Return the wrong secrets of the account and of the device, which a success depends on."""
    return [counter.failures or 0 for counter in (ticket.account, ticket.device) if counter]


def _wait_until(instant: datetime, now: datetime) -> None:
    if now < instant:
        raise TooManyGuesses(timedelta(seconds=ceil((instant - now).total_seconds())))

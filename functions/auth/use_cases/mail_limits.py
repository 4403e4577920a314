"""How many mails with codes and warnings strangers can cause at one address.

Everything that mails an address whose owner is not signed in asks here first: registration,
another code, sign-in by mail, a forgotten password. What is not admitted is answered alike, and
not mailed.

The owner's own device always has a way. A known device of the account has an allowance of its own.
From any other network, the first mail of an hour has an allowance that only first mails of other
networks use up. Strangers in fewer than 25 networks never use it up, however often they ask.
Whoever has more uses up that of an hour with 25 of them, and each network has three first mails a
day. So strangers in N networks keep the owner waiting for less than 3 N / 25 + 1 hours.
"""

from datetime import datetime, timedelta

from auth.use_cases import guesses
from domain.devices import Device
from shared.http import rate_limits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Per address and network. A household or studio shares a network: several people may err there.
NETWORK_MAILS = 10
# Per address and hour: of mails that are the first from their network.
FIRST_MAILS = 25
# Per address, network and day: how many of these. More than one, in case they were refused.
FIRST_MAILS_OF_NETWORK = 3
# Per address and day, over all networks: of all others.
REPEATED_MAILS = 30


def admit(email: str, device: Device, now: datetime, *, user_id: str | None = None) -> bool:
    """Count a mail to an address, and return whether it may be sent. One to four writes.

    Args:
        email: The address, normalized.
        device: The device that asks.
        now: The current instant.
        user_id: The account that the mail lets sign in or recover. An id without an account, where
            the address has none, costs the same.
    """
    if user_id is not None and guesses.is_known(user_id, device, now):
        own = f"{user_id} {device.fingerprint}"
        return not rate_limits.count("mails-device", own, NETWORK_MAILS, now, HOUR).exceeded
    by_network = rate_limits.count(
        "mails-network", f"{email} {device.network}", NETWORK_MAILS, now, HOUR
    )
    if by_network.exceeded:
        return False
    is_first = by_network.remaining == NETWORK_MAILS - 1
    if is_first:
        own = f"{email} {device.network}"
        if not rate_limits.count(
            "mails-first-network", own, FIRST_MAILS_OF_NETWORK, now, DAY
        ).exceeded:
            return not rate_limits.count("mails-first", email, FIRST_MAILS, now, HOUR).exceeded
    return not rate_limits.count("mails-again", email, REPEATED_MAILS, now, DAY).exceeded

"""How many mails with codes and warnings strangers can cause at one address.

Everything that mails an address whose owner is not signed in asks here first: registration,
another code, sign-in by mail, a forgotten password. What is not admitted is answered alike, and
not mailed.

The limits are per address *and* network of the asking device, so that nobody uses up what the
owner's device has: the first mail from a network is admitted whatever other networks did. A known
device of the account has an allowance of its own.
"""

from datetime import datetime, timedelta

from auth.rules.devices import Device
from auth.use_cases import guesses
from shared.http import rate_limits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Per address and network. A household or studio shares a network: several people may err there.
NETWORK_MAILS = 10
# Per address and day, over all networks: of mails that are not the first from their network.
REPEATED_MAILS = 30
# Per address and day, over all networks: the most that anybody can cause in a mailbox.
MAILS = 100


def admit(email: str, device: Device, now: datetime, *, user_id: str | None = None) -> bool:
    """Count a mail to an address, and return whether it may be sent. One to three writes.

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
    if not is_first and rate_limits.count("mails-again", email, REPEATED_MAILS, now, DAY).exceeded:
        return False
    return not rate_limits.count("mails", email, MAILS, now, DAY).exceeded

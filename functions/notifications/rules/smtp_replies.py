"""Replies of SMTP servers: what a refusal means, and for whom.

The basic code says whether a later attempt may succeed, the enhanced code (RFC 3463) what the
refusal is about. A refusal of ourselves, such as a policy against our address, is the state of the
provider: it hits every recipient, an operator can end it, and another provider may take the mail.
"""

import re
from enum import StrEnum


class Stage(StrEnum):
    """The command that a server replied to; `content` is the end of the mail."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


class Refusal(StrEnum):
    """Who or what is refused.

    `later` is nobody: the server takes the mail another time. `sender` is us, with every mail, and
    `recipient` the address, or the mail that is for it.
    """

    LATER = "later"
    SENDER = "sender"
    RECIPIENT = "recipient"


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")

# X.7 is about security and policy (RFC 3463, 3.8), nearly always against the sender. These of it
# are about the recipient: a list that does not expand (RFC 3463), a disabled account (RFC 5248),
# and a mailbox or domain that has changed hands (RFC 7293).
_OF_RECIPIENT = {"7.2", "7.13", "7.17", "7.18"}
# Outside of X.7, these are about the sender: its address or system (RFC 3463, 3.2; RFC 7505: no
# mail can be returned to it).
_OF_SENDER = {"1.7", "1.8", "1.10"}
# Of recipients: what RCPT is about. 1.10 there is a domain that takes no mail (RFC 7505, 4.2).
_ABOUT_MAILBOX = {"1.10"}

# Basic codes of authentication (RFC 4954, 6) and of a server that takes no mail from us (RFC 7504).
_SENDER_CODES = {521, 530, 534, 535, 538}
_SIZE_CODE = 552

# Servers that give no enhanced code name the list, or the check, by which they refuse us.
_REPUTATION = re.compile(
    r"spamhaus|spamcop|barracuda|sorbs|uceprotect|abuseat|proofpoint|senderscore|invaluement|mailspike"
    r"|\b(?:dns)?[br]bl\b|black-?list|block-?list|blocked (?:using|by|because|due)|reputation"
    r"|\b(?:dmarc|dkim|spf)\b|reverse dns|\bptr\b|unsolicited|spam|relay(?:ing)? (?:access )?denied"
    r"|not permitted to relay|unable to relay|authentication required|access denied",
    re.IGNORECASE,
)


def find_enhanced_code(text: str) -> str | None:
    """Return the enhanced code at the beginning of a reply's text, such as `5.7.1`."""
    found = _ENHANCED.match(text)
    return None if found is None else found[1]


def judge(stage: Stage, code: int, text: str) -> Refusal:
    """Judge a reply that is no success.

    Args:
        stage: What it replies to.
        code: Its basic code.
        text: Its text.
    """
    if code < 500:
        return Refusal.LATER
    return Refusal.SENDER if _is_about_sender(stage, code, text) else Refusal.RECIPIENT


def _is_about_sender(stage: Stage, code: int, text: str) -> bool:
    if code in _SENDER_CODES:
        return True
    _, _, subject = (find_enhanced_code(text) or "").partition(".")
    if stage is Stage.RCPT and subject in _ABOUT_MAILBOX:
        return False
    if subject in _OF_SENDER or (subject.startswith("7.") and subject not in _OF_RECIPIENT):
        return True
    if stage is Stage.MAIL:  # nobody but the sender is known yet
        return code != _SIZE_CODE
    return not subject and _REPUTATION.search(text) is not None

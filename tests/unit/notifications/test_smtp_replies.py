"""Replies of SMTP servers: who is refused."""

import pytest

from notifications.rules.smtp_replies import Refusal, Stage, judge

LATER, SENDER, RECIPIENT = Refusal.LATER, Refusal.SENDER, Refusal.RECIPIENT


@pytest.mark.parametrize(
    ("stage", "code", "text", "refusal"),
    [
        (Stage.RCPT, 450, "4.2.0 Greylisted", LATER),
        (Stage.CONTENT, 451, "4.7.1 Spamhaus, try again", LATER),
        (Stage.RCPT, 550, "5.1.1 User unknown", RECIPIENT),
        (Stage.RCPT, 550, "", RECIPIENT),
        (Stage.CONTENT, 550, "Injected fault", RECIPIENT),
        (Stage.CONTENT, 552, "5.2.2 Mailbox full", RECIPIENT),
        (Stage.CONTENT, 554, "5.6.0 Malformed", RECIPIENT),
        (Stage.CONTENT, 550, "5.7.1 Message rejected due to policy", SENDER),
        (Stage.CONTENT, 550, "5.7.26 This mail is not authenticated", SENDER),
        (Stage.RCPT, 554, "5.7.1 Service unavailable; Client host blocked", SENDER),
        (Stage.RCPT, 550, "5.7.2 The list does not expand", RECIPIENT),
        (Stage.RCPT, 525, "5.7.13 User account disabled", RECIPIENT),
        (Stage.RCPT, 550, "5.7.17 The mailbox has a new owner", RECIPIENT),
        (Stage.RCPT, 556, "5.1.10 Domain takes no mail", RECIPIENT),
        (Stage.MAIL, 550, "5.1.10 Sender takes no mail", SENDER),
        (Stage.MAIL, 550, "", SENDER),
        (Stage.MAIL, 552, "5.3.4 Too large", RECIPIENT),
        (Stage.RCPT, 553, "5.1.8 Bad address of the sender", SENDER),
        (Stage.RCPT, 530, "Authentication required", SENDER),
        (Stage.RCPT, 521, "Takes no mail", SENDER),
        (Stage.RCPT, 554, "192.0.2.1 is listed at zen.spamhaus.org", SENDER),
        (Stage.CONTENT, 554, "Blocked by our DNSBL", SENDER),
        (Stage.CONTENT, 550, "Low reputation", SENDER),
        (Stage.RCPT, 550, "Relaying denied", SENDER),
        # The enhanced code is about the mailbox, whatever the text says.
        (Stage.RCPT, 550, "5.1.1 No such user, see spamhaus", RECIPIENT),
    ],
)
def test_a_refusal_is_judged(stage: Stage, code: int, text: str, refusal: Refusal) -> None:
    assert judge(stage, code, text) is refusal

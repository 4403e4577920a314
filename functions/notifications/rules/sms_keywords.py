"""Keywords that people reply to an SMS with, to stop messages, to start them, or to ask for help.

They are those of Twilio's default handling, which the carriers of North America require
(https://help.twilio.com/articles/223134027), and the German STOPP and HILFE.
"""

import string
from enum import StrEnum

import msgspec


class Keyword(StrEnum):
    """What a reply asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class Reply(msgspec.Struct, frozen=True):
    """A reply that is a keyword.

    Attributes:
        locale: Language of the keyword, in which it is answered.
        is_ambiguous: Whether it may as well answer a question of ours: YES starts messages only
            where they were stopped.
    """

    keyword: Keyword
    locale: str = "en"
    is_ambiguous: bool = False


_STOP = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
_REPLIES = {
    **dict.fromkeys(_STOP, Reply(Keyword.STOP)),
    "stopp": Reply(Keyword.STOP, "de"),
    **dict.fromkeys(("start", "unstop"), Reply(Keyword.START)),
    "yes": Reply(Keyword.START, is_ambiguous=True),
    **dict.fromkeys(("help", "info"), Reply(Keyword.HELP)),
    "hilfe": Reply(Keyword.HELP, "de"),
}

_MARKS = string.whitespace + string.punctuation + "\u201c\u201d\u201e\u2018\u2019"

ANSWERS = {
    (Keyword.STOP, "en"): (
        "{service}: you get no more SMS from us, from any of our numbers. Reply START to get them "
        "again."
    ),
    (Keyword.STOP, "de"): (
        "{service}: Sie erhalten keine SMS mehr von uns, von keiner unserer Nummern. Mit START "
        "erhalten Sie wieder welche."
    ),
    (Keyword.START, "en"): "{service}: you get SMS from us again. Reply STOP to stop them.",
    (Keyword.HELP, "en"): (
        "{service}: SMS about your bookings and your account. Reply STOP to stop them, START to "
        "get them again. Message and data rates may apply."
    ),
    (Keyword.HELP, "de"): (
        "{service}: SMS zu Ihren Terminen und Ihrem Konto. Mit STOPP erhalten Sie keine mehr, mit "
        "START wieder welche."
    ),
}


def read(text: str) -> Reply | None:
    """Return what a text asks for; None unless it is a keyword and nothing else.

    Neither case nor marks around it count: " Stop. " is STOP.
    """
    word = text.strip(_MARKS)
    return _REPLIES.get(word.casefold())


def write_answer(reply: Reply, service: str) -> str:
    """Return the answer to a reply, which names the service."""
    return ANSWERS[reply.keyword, reply.locale].format(service=service)

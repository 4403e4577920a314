"""Answers of the Graph API with an error, as Meta's providers read them."""

from datetime import datetime

import msgspec

from shared.platform import clock
from shared.platform.outside_calls import Answer
from social.rules import graph_errors, usage
from social.rules.graph_errors import GraphError


class _Error(msgspec.Struct, frozen=True):
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool = False


class _Failed(msgspec.Struct, frozen=True):
    error: _Error = _Error()


class Refusal(msgspec.Struct, frozen=True):
    """An answer with an error.

    Attributes:
        status: Its status.
        code: Meta's code, with the sub-code behind a slash; `0` where it names none.
        error: What it means.
    """

    status: int
    code: str
    error: GraphError

    def __str__(self) -> str:
        """Return it for the log, without anything that Meta wrote."""
        return f"status {self.status} code {self.code}"


def read_refusal(answer: Answer) -> Refusal:
    """Return what an answer with an error says. A body that is not readable has no code."""
    try:
        found = msgspec.json.decode(answer.body, type=_Failed).error
    except msgspec.MsgspecError:
        found = _Error()
    code = f"{found.code or 0}"
    return Refusal(
        answer.status,
        f"{code}/{found.error_subcode}" if found.error_subcode else code,
        graph_errors.classify(
            answer.status, found.code, found.error_subcode, is_transient=found.is_transient
        ),
    )


def read_until(answer: Answer) -> datetime | None:
    """Return until when calls are refused, as far as the headers of an answer say so."""
    now = clock.now()
    pause = usage.find_pause(answer.headers, now)
    return now + pause if pause else None

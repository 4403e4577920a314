"""How an artist wants their conversations to be."""

from messaging import text
from messaging.records import Settings
from messaging.store import people, settings
from messaging.types import SettingsRequest, SettingsView
from shared.caller import Caller
from shared.problems import FieldError, unauthorized, unprocessable


def get(caller: Caller) -> SettingsView:
    """The artist's settings; instructions are not sent until they say so."""
    return _view(settings.find(caller.user_id))


def replace(caller: Caller, request: SettingsRequest) -> SettingsView:
    """Put these in their place.

    Raises a 422 Problem for instructions without words, a 401 one for who deleted their account.
    """
    person = people.find(caller.user_id)
    if person is not None and person.erased_at is not None:
        raise unauthorized("session_ended", "Sign in again.")
    words = text.cleaned(request.deposit_instructions)
    if request.send_deposit_instructions and text.is_blank(words):
        raise unprocessable(FieldError("body.depositInstructions", "must hold text to be sent"))
    kept = Settings(
        id=caller.user_id,
        send_deposit_instructions=request.send_deposit_instructions,
        deposit_instructions=words,
    )
    settings.keep(kept)
    return _view(kept)


def _view(kept: Settings) -> SettingsView:
    return SettingsView(kept.send_deposit_instructions, kept.deposit_instructions)

"""How an artist wants their conversations to be."""

from domain.errors import FieldError, InvalidFields
from messaging.models import Settings
from messaging.rules import text
from messaging.rules.errors import SessionEnded
from messaging.schemas import SettingsRequest, SettingsView
from messaging.store import people, settings
from shared.http.caller import Caller


def get(caller: Caller) -> SettingsView:
    """The artist's settings; instructions are not sent until they say so."""
    return _view(settings.find(caller.user_id))


def replace(caller: Caller, request: SettingsRequest) -> SettingsView:
    """Put these in their place.

    Raises a 422 Problem for instructions without words, a 401 one for who deleted their account.
    """
    person = people.find(caller.user_id)
    if person is not None and person.erased_at is not None:
        raise SessionEnded("Sign in again.")
    words = text.cleaned(request.deposit_instructions)
    if request.send_deposit_instructions and text.is_blank(words):
        raise InvalidFields(FieldError("body.depositInstructions", "must hold text to be sent"))
    kept = Settings(
        id=caller.user_id,
        send_deposit_instructions=request.send_deposit_instructions,
        deposit_instructions=words,
    )
    settings.keep(kept)
    return _view(kept)


def _view(kept: Settings) -> SettingsView:
    return SettingsView(kept.send_deposit_instructions, kept.deposit_instructions)

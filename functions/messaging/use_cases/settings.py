"""Settings of an artist."""

from domain.errors import FieldError, InvalidFields, SessionEnded
from messaging.models import MessagingSettings
from messaging.rules import text
from messaging.schemas import MessagingSettingsRequest, MessagingSettingsView
from messaging.store import person_copies, settings
from shared.http.caller import Caller


def get(caller: Caller) -> MessagingSettingsView:
    """Return the caller's settings. By default, no instructions are sent."""
    return _present(settings.get(caller.user_id))


def replace(caller: Caller, request: MessagingSettingsRequest) -> MessagingSettingsView:
    """Replace the caller's settings.

    Raises:
        InvalidFields: The instructions are sent, but hold no text.
        SessionEnded: The caller's account was deleted.
    """
    person = person_copies.find(caller.user_id)
    if person is not None and person.erased_at is not None:
        raise SessionEnded("Sign in again.")
    instructions = text.clean(request.deposit_instructions)
    if request.send_deposit_instructions and text.is_blank(instructions):
        raise InvalidFields(FieldError("body.depositInstructions", "must not be blank"))
    new_settings = MessagingSettings(
        id=caller.user_id,
        send_deposit_instructions=request.send_deposit_instructions,
        deposit_instructions=instructions,
    )
    settings.replace(new_settings)
    return _present(new_settings)


def _present(artist_settings: MessagingSettings) -> MessagingSettingsView:
    return MessagingSettingsView(
        artist_settings.send_deposit_instructions, artist_settings.deposit_instructions
    )

"""Fields that several requests and responses of auth share."""

from typing import Annotated

from msgspec import Meta

from domain import impersonation, types
from domain.types import FilledLine

# One @, of whatever width. What else makes an address is a rule, which applies to new ones only:
# an address that no mail server takes has no account.
Email = Annotated[
    types.Email, Meta(pattern=r"^[^@\uff20\s]{1,64}[@\uff20][^@\uff20\s]+$", max_length=254)
]
# At least 8 characters, long enough for a passphrase, and no rules of composition
# (OWASP ASVS 6.2.1, 6.2.5, 6.2.9).
Password = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=128,
        description="Password of the account.",
        examples=["correct horse battery staple"],
    ),
]
# A password that is compared with a hash has no minimum: a short one is merely wrong.
EnteredPassword = Annotated[
    str,
    Meta(
        max_length=128,
        description="Password of the account.",
        examples=["correct horse battery staple"],
    ),
]
UserName = Annotated[
    str, Meta(description="Name of the user, as other users see it.", examples=["Ada Keller"])
]
RefreshTokenText = Annotated[
    str,
    Meta(
        description="Token that can be exchanged once for new tokens.",
        examples=["usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC.ses_01JD2ZK5V7M0Q4X8T6N3R9W1YB.0.q83vEjRWeJA"],
    ),
]
NewName = Annotated[
    FilledLine,
    Meta(
        max_length=100,
        description="Name of the user, as other users see it.",
        examples=["Ada Keller"],
        extra={"requested": impersonation.find_fault},
    ),
]
SessionId = Annotated[
    str, Meta(description="Id of the session.", examples=["ses_01JD2ZK5V7M0Q4X8T6N3R9W1YB"])
]
AttemptId = Annotated[
    str,
    Meta(
        description="Opaque id of what waits for a code, known only to the device that began it.",
        examples=["kX0c9J4yQe7mT2vB8sLw1nRz5uHd3fGa"],
    ),
]
EnteredAttemptId = Annotated[AttemptId, Meta(max_length=64)]

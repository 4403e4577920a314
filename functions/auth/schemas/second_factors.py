"""Second factors: requests, and what they are answered with."""

from typing import Annotated

from msgspec import Meta

from auth.schemas.fields import AttemptId, EnteredAttemptId, EnteredPassword
from auth.schemas.passkeys import PasskeyProof
from domain.types import Instant
from shared.http.decoding import Input, Output

FactorCode = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=16,
        description="Six digits of the authenticator app, or one of the recovery codes.",
        examples=["123456"],
    ),
]


class MfaRequired(Output, frozen=True):
    """The password or code was right, and the second factor is missing.

    Attributes:
        mfa_required: Always true.
        challenge_id: What the code of the second factor has to be sent with.
    """

    challenge_id: AttemptId
    mfa_required: bool = True


class VerifyMfaRequest(Input, frozen=True):
    """The second factor of a sign-in.

    Attributes:
        challenge_id: The id from the answer that asked for it.
    """

    challenge_id: EnteredAttemptId
    code: FactorCode


class TotpSecret(Output, frozen=True):
    """The secret of a new authenticator app, which has to be confirmed by its first code.

    Attributes:
        secret: The shared secret, base32. Example: JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
        otpauth_url: The same as a URL, which apps read from a QR code.
            Example: otpauth://totp/Artist%20Booking:ada%40example.com?secret=JBSWY3DPEHPK3PXP
    """

    secret: str
    otpauth_url: str


class TotpCodeRequest(Input, frozen=True):
    """A code that proves the second factor."""

    code: FactorCode


class RecoveryCodes(Output, frozen=True):
    """Codes that each replace the app once. They are shown this one time.

    Attributes:
        recovery_codes: The codes. Example: ["k3m9x-p7rtz"]
    """

    recovery_codes: list[str]


class SecondFactors(Output, frozen=True):
    """The second factors of your account.

    Attributes:
        totp_confirmed_at: When the authenticator app was confirmed; null without one.
        recovery_codes_left: How many recovery codes are left. Example: 10
    """

    totp_confirmed_at: Instant | None
    recovery_codes_left: int


class StepUpRequest(Input, frozen=True):
    """A proof of who you are: one of these.

    Attributes:
        password: Password of the account, if it has no authenticator app.
        code: Six digits of the authenticator app, or one of the recovery codes.
        passkey: A passkey of the account, used with the options of
            `POST /v1/auth/passkeys/sign-in/options`.
    """

    password: EnteredPassword | None = None
    code: FactorCode | None = None
    passkey: PasskeyProof | None = None

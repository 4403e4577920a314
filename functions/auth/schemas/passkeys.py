"""Passkeys: requests, and what they are answered with.

Names and encodings are those of the JSON forms of Web Authentication (Level 3, 5.1.8 to 5.1.10).
So pages pass them to the browser and back as they are: `parseCreationOptionsFromJSON` and `toJSON`
of `PublicKeyCredential`. Bytes are base64url without padding.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from auth.schemas.fields import AttemptId, EnteredAttemptId
from domain.types import FilledLine, Instant
from shared.http.decoding import Input, Output

PasskeyId = Annotated[
    str,
    Meta(description="Id of the passkey.", examples=["pky_0d3f9a51c27be4486a1e5b7f20c9d8e3"]),
]
PasskeyName = Annotated[
    FilledLine,
    Meta(max_length=60, description="What you call the passkey.", examples=["Phone"]),
]
Challenge = Annotated[
    str,
    Meta(
        description="What the authenticator signs.",
        examples=["q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"],
    ),
]
CredentialId = Annotated[
    str,
    Meta(
        max_length=1368,
        description="The id that the authenticator chose.",
        examples=["Q29mZmVlIGFuZCBpbms"],
    ),
]
ClientData = Annotated[
    str,
    Meta(
        max_length=8192,
        description="What the browser asked the authenticator to sign.",
        examples=["eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0"],
    ),
]
Bytes = Annotated[
    str, Meta(max_length=32768, examples=["SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2M"])
]


Signature = Annotated[
    FilledLine, Meta(max_length=4096, examples=["MEUCIQCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"])
]
Transport = Annotated[str, Meta(max_length=32)]


UserHandle = Annotated[
    str, Meta(max_length=128, examples=["dXNyXzAxSkQyWjVRMFY4WEtNM0Y3VDlCNE42UldD"])
]


class CredentialProperties(Input, frozen=True):
    """What the browser says about the credential.

    Attributes:
        rk: Whether it is discoverable.
    """

    rk: bool = False


class ExtensionResults(Input, frozen=True):
    """Results of extensions, none of which is asked for.

    Attributes:
        cred_props: What some browsers answer all the same.
    """

    cred_props: CredentialProperties | None = None


class AttestationResponse(Input, frozen=True):
    """What an authenticator answers that made a passkey.

    Attributes:
        attestation_object: The new key, and statements about the authenticator.
        authenticator_data: A part of the attestation object, which is read there.
        transports: How the authenticator is reached. Not used. Example: ["internal"]
        public_key: A part of the attestation object, which is read there.
        public_key_algorithm: A part of the attestation object, which is read there. Example: -7
    """

    client_data_json: ClientData = field(name="clientDataJSON")
    attestation_object: Bytes
    authenticator_data: Bytes | None = None
    transports: Annotated[tuple[Transport, ...], Meta(max_length=16)] = ()
    public_key: Bytes | None = None
    public_key_algorithm: int | None = None


class AssertionResponse(Input, frozen=True):
    """What an authenticator answers that used a passkey.

    Attributes:
        authenticator_data: What the authenticator states and signs.
        signature: Its signature.
        user_handle: The id of the account, which the authenticator keeps.
    """

    client_data_json: ClientData = field(name="clientDataJSON")
    authenticator_data: Bytes
    signature: Signature
    user_handle: UserHandle | None = None


class Credential(Input, frozen=True, kw_only=True):
    """Base of a passkey: `toJSON()` of what the browser returns.

    Attributes:
        raw_id: The same as `id`.
        type: Always `public-key`.
        authenticator_attachment: Whether it is part of the device. Not used. Example: platform
        client_extension_results: Results of extensions. Not used.
    """

    id: CredentialId
    raw_id: CredentialId
    type: Literal["public-key"]
    authenticator_attachment: Annotated[str, Meta(max_length=32)] | None = None
    client_extension_results: ExtensionResults | None = None


class NewCredential(Credential, frozen=True, kw_only=True):
    """A passkey that an authenticator made: `toJSON()` of what the browser returns.

    Attributes:
        response: What the authenticator answered.
    """

    response: AttestationResponse


class UsedCredential(Credential, frozen=True, kw_only=True):
    """A passkey that was used: `toJSON()` of what the browser returns.

    Attributes:
        response: What the authenticator answered.
    """

    response: AssertionResponse


class AddPasskeyRequest(Input, frozen=True):
    """A new passkey.

    Attributes:
        attempt_id: The id from the answer with the options.
        credential: `toJSON()` of what the browser returned.
    """

    attempt_id: EnteredAttemptId
    name: PasskeyName
    credential: NewCredential


class PasskeyProof(Input, frozen=True):
    """A passkey that was used.

    Attributes:
        attempt_id: The id from the answer with the options.
        credential: `toJSON()` of what the browser returned.
    """

    attempt_id: EnteredAttemptId
    credential: UsedCredential


class RelyingPartyEntity(Output, frozen=True):
    """Whom the passkey is for.

    Attributes:
        id: Domain of the web application. Example: app.artistbooking.example
        name: Its name. Example: Artist Booking
    """

    id: str
    name: str


class UserEntity(Output, frozen=True):
    """Whose the passkey is.

    Attributes:
        id: The id of the account, as bytes. Example: dXNyXzAxSkQyWjVRMFY4WEtNM0Y3VDlCNE42UldD
        name: The address of the account. Example: ada@example.com
        display_name: The name of the user. Example: Ada Keller
    """

    id: str
    name: str
    display_name: str


class CredentialParameters(Output, frozen=True):
    """A kind of key that is accepted.

    Attributes:
        alg: The algorithm (COSE). Example: -7
        type: Always `public-key`.
    """

    alg: int
    type: Literal["public-key"] = "public-key"


class CredentialDescriptor(Output, frozen=True):
    """A passkey that there is.

    Attributes:
        type: Always `public-key`.
    """

    id: CredentialId
    type: Literal["public-key"] = "public-key"


class AuthenticatorSelection(Output, frozen=True):
    """What the authenticator has to do.

    Attributes:
        resident_key: It keeps the account, so that no address has to be entered.
        require_resident_key: The same for older browsers.
        user_verification: It verifies its user, so a passkey is two factors.
    """

    resident_key: Literal["required"] = "required"
    require_resident_key: bool = True
    user_verification: Literal["required"] = "required"


class CreationOptions(Output, frozen=True):
    """Options of `navigator.credentials.create()`.

    Attributes:
        rp: Whom the passkey is for.
        user: Whose it is.
        pub_key_cred_params: Kinds of keys that are accepted.
        timeout: Milliseconds that it may take. Example: 300000
        exclude_credentials: The passkeys of the account, so that no authenticator gets two.
        authenticator_selection: What the authenticator has to do.
        attestation: No statement about the authenticator is asked for.
    """

    challenge: Challenge
    rp: RelyingPartyEntity
    user: UserEntity
    pub_key_cred_params: list[CredentialParameters]
    timeout: int
    exclude_credentials: list[CredentialDescriptor]
    authenticator_selection: AuthenticatorSelection = AuthenticatorSelection()
    attestation: Literal["none"] = "none"


class RequestOptions(Output, frozen=True):
    """Options of `navigator.credentials.get()`.

    Attributes:
        timeout: Milliseconds that it may take. Example: 300000
        rp_id: Domain of the web application. Example: app.artistbooking.example
        user_verification: The authenticator verifies its user.
    """

    challenge: Challenge
    timeout: int
    rp_id: str
    user_verification: Literal["required"] = "required"


class PasskeyCreation(Output, frozen=True):
    """How the browser makes a passkey.

    Attributes:
        public_key: Options of `navigator.credentials.create()`.
    """

    attempt_id: AttemptId
    public_key: CreationOptions


class PasskeyChallenge(Output, frozen=True):
    """How the browser uses a passkey.

    Attributes:
        public_key: Options of `navigator.credentials.get()`.
    """

    attempt_id: AttemptId
    public_key: RequestOptions


class Passkey(Output, frozen=True):
    """A passkey of your account.

    Attributes:
        synced: Whether it may be copied to your other devices.
        created_at: When it was added.
        last_used_at: When it was last used; null before.
    """

    id: PasskeyId
    name: PasskeyName
    synced: bool
    created_at: Instant
    last_used_at: Instant | None


class PasskeyList(Output, frozen=True):
    """The passkeys of your account.

    Attributes:
        items: The passkeys, the oldest first; at most ten.
    """

    items: list[Passkey]

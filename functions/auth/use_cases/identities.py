"""Signing in with identity providers, and linking them to accounts.

An account is found by issuer and subject of an identity, and by nothing else. An address that has
an account links nothing: whoever controls the account of somebody at a provider, or a provider that
does not verify addresses, would get in. So an identity is linked only by somebody who proves both,
that they are signed in to the account and that the identity is theirs.
"""

from datetime import datetime
from urllib.parse import parse_qs

import msgspec

from auth import store
from auth.events import IdentityLinked, IdentityUnlinked, new_event
from auth.identity_providers import client, configuration
from auth.identity_providers.client import Identity, ProviderRefused, Secrets
from auth.identity_providers.configuration import Provider
from auth.identity_providers.documents import ProviderFailed
from auth.rules import codes, emails, identities
from auth.rules.audit_log import AuditAction
from auth.rules.errors import (
    EmailNotVerified,
    IdentityNotLinked,
    IdentityRefused,
    IdentityTaken,
    ProviderUnavailable,
)
from auth.rules.identities import LinkedIdentity
from auth.schemas import (
    IdentityList,
    IdentityView,
    MfaRequired,
    ProviderAnswer,
    ProviderList,
    ProviderStarted,
    ProviderView,
    StartProviderRequest,
    Tokens,
)
from auth.store import UserItem
from auth.store import attempts as attempts_store
from auth.store import identities as identities_store
from auth.use_cases import (
    attempts,
    audit,
    registration,
    report_tokens,
    second_factors,
    sessions,
    sign_in_ways,
)
from auth.use_cases.attempts import Attempt, Purpose
from auth.use_cases.audit import Origin
from auth.use_cases.code_sign_in import NAMELESS
from domain.devices import Device
from domain.errors import NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller, Role
from shared.platform.logs import logger

FEDERATED = "fed"  # not in RFC 8176, which has no name for it

_MAX_FORM_FIELDS = 20
_MAX_FORM_VALUE = 4096


class Authorization(msgspec.Struct, frozen=True):
    """What waits for the answer of a provider.

    Attributes:
        provider: Id of the provider.
        secrets: What binds the answer to the request.
        role: Role of the account, if one is opened.
    """

    provider: str
    secrets: Secrets
    role: str


class Proof(msgspec.Struct, frozen=True):
    """What a provider's answer proved.

    Attributes:
        attempt: The attempt that it answers, which still has to be used up.
        provider: The provider.
        identity: Who its user is.
        name: Their name, if the answer had it.
    """

    attempt: Attempt
    provider: Provider
    identity: Identity
    name: str | None

    @property
    def key(self) -> str:
        """What the identity is found by."""
        return identities.compute_key(self.identity.issuer, self.identity.subject)


class _PostedName(msgspec.Struct, frozen=True, rename="camel"):
    first_name: str = ""
    last_name: str = ""


class _PostedUser(msgspec.Struct, frozen=True):
    """What Apple posts besides the code, the first time that a user comes from it."""

    name: _PostedName = _PostedName()


def list_providers() -> ProviderList:
    """List the providers that the operator configured."""
    configured = configuration.list_providers()
    return ProviderList([ProviderView(provider.id, provider.name) for provider in configured])


def start(provider_id: str, request: StartProviderRequest, now: datetime) -> ProviderStarted:
    """Begin to sign in with a provider, or to link it.

    Raises:
        NotFound: There is no such provider.
        ProviderUnavailable: It does not describe itself.
    """
    provider = _require_provider(provider_id)
    chosen = client.new_secrets()
    try:
        url = client.build_authorize_url(provider, chosen)
    except ProviderFailed as error:
        raise _unavailable(provider, error) from None
    attempt = attempts.begin(
        Purpose.OPENID,
        new_id("usr"),  # of the account that may be opened
        now,
        data=Authorization(provider.id, chosen, request.role),
        code=chosen.state,
    )
    attempts_store.save(attempt.item, [])
    return ProviderStarted(url, attempt.id)


def finish(
    provider_id: str, answer: ProviderAnswer, device: Device, now: datetime
) -> Tokens | MfaRequired:
    """Sign in as the user that the provider names. Somebody new gets an account.

    Raises:
        NotFound: There is no such provider.
        InvalidCode: The state is wrong, or the attempt is unknown, used, expired or another
            provider's.
        TooManyGuesses: The IP address has to wait after wrong ones.
        IdentityRefused: The answer does not prove who the user is.
        IdentityNotLinked: The address has an account that is not linked to this identity.
        EmailNotVerified: The provider gives no verified address for an account.
        ProviderUnavailable: The provider does not respond as it should.
        AccountBanned: The account was banned.
        Busy: Other requests changed the account during every attempt.
    """
    return _sign_in(_prove(provider_id, answer, device, now), device, now)


def link(
    caller: Caller, provider_id: str, answer: ProviderAnswer, device: Device, now: datetime
) -> IdentityView:
    """Link the caller's account to who they are at a provider.

    Raises:
        NotFound: There is no such provider.
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        InvalidCode: The state is wrong, or the attempt is unknown, used, expired or another
            provider's.
        TooManyGuesses: The IP address has to wait after wrong ones.
        IdentityRefused: The answer does not prove who the user is.
        IdentityTaken: The identity belongs to another account, or the account has another one of
            this provider.
        ProviderUnavailable: The provider does not respond as it should.
        Busy: Other requests changed the account during every attempt.
    """
    sessions.require_fresh(caller, now)
    return _present(_link(caller, _prove(provider_id, answer, device, now), device, now))


@retry_on_conflict
def unlink(caller: Caller, provider_id: str, device: Device, now: datetime) -> None:
    """Remove the link of the caller's account to a provider.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        NotFound: The account is not linked to it.
        LastSignInWay: The account would have no way to sign in.
        Busy: Other requests changed the account during every attempt.
    """
    user, _ = sessions.require_fresh(caller, now)
    linked = identities_store.list_identities(user)
    removed = next((each for each in linked if each.provider == provider_id), None)
    if removed is None:
        raise NotFound("Your account is not linked to this provider.")
    entry = _entry(user, AuditAction.IDENTITY_UNLINKED, provider_id, device, now)
    sign_in_ways.require_other(user, provider=provider_id)
    report_token = report_tokens.issue(user, now)
    unlinked = IdentityUnlinked(
        user_id=user.user_id,
        provider=_name(provider_id),
        report_token=report_token,
        changed_at=now,
    )
    identities_store.save(
        user,
        identities.remove(linked, provider_id),
        identities_store.remove(removed.key),
        entry,
        events=[new_event(user.user_id, unlinked, now)],
    )


def list_own(caller: Caller, now: datetime) -> IdentityList:
    """List the providers that the caller's account is linked to.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user, _ = sessions.require_alive(caller, now)
    return IdentityList([_present(each) for each in identities_store.list_identities(user)])


def read_posted_answer(provider_id: str, form: bytes) -> str:
    """Return the URL of the web app's page for an answer that a provider posted.

    Nothing is checked here but its form: the page sends it to `finish`, with the attempt.

    Raises:
        NotFound: There is no such provider, or it does not post its answers.
    """
    provider = _require_provider(provider_id)
    if provider.response_mode != "form_post":
        raise NotFound
    posted = _parse_form(form)
    values: dict[str, str] = {
        name: posted[name][0][:_MAX_FORM_VALUE]
        for name in ("state", "code", "iss", "error")
        if name in posted
    }
    name = _read_posted_name(posted.get("user", [""])[0])
    if name:
        values["name"] = name
    return client.build_page_answer(configuration.build_page_url(provider.id), values)


def _prove(provider_id: str, answer: ProviderAnswer, device: Device, now: datetime) -> Proof:
    """Return what an answer proves."""
    provider = _require_provider(provider_id)
    attempt = attempts.check(answer.attempt_id, answer.state, Purpose.OPENID, device, now)
    begun = attempt.read_data(Authorization)
    if begun.provider != provider.id:
        raise attempts.invalid_code()
    try:
        identity = client.fetch_identity(provider, answer.code, begun.secrets, answer.iss, now)
    except ProviderFailed as error:
        raise _unavailable(provider, error) from None
    except ProviderRefused as error:
        logger.warning("identity refused", provider=provider.id, reason=str(error))
        raise IdentityRefused("The provider's answer does not prove who you are.") from None
    return Proof(attempt, provider, identity, answer.name)


@retry_on_conflict
def _sign_in(proof: Proof, device: Device, now: datetime) -> Tokens | MfaRequired:
    _require_open(proof.attempt)
    owner_id = identities_store.find_owner_id(proof.key)
    if owner_id is None:
        return _open_account(proof, device, now)
    user = store.find_user(owner_id)
    if user is None:
        raise attempts.invalid_code()  # deleted at this moment
    return second_factors.sign_in(
        user,
        device,
        (FEDERATED,),
        now,
        writes_alongside=lambda writes: attempts_store.use(writes, proof.attempt.item),
    )


def _open_account(proof: Proof, device: Device, now: datetime) -> Tokens:
    given, provider_id = proof.identity.email, proof.provider.id
    email = emails.normalize(given or "")
    if given is None or emails.find_error(email):
        raise EmailNotVerified("Register with your address, then link this provider.")
    if store.find_user_by_email(given) is not None:
        raise IdentityNotLinked(
            "Your address has an account. Sign in to it, then link this provider: "
            f"POST /v1/auth/providers/{provider_id}/link."
        )
    name = identities.choose_name(proof.name, proof.identity.name) or NAMELESS
    role = Role(proof.attempt.read_data(Authorization).role)
    user, create = registration.open_account(proof.attempt, email, name, device, now, role=role)
    identities_store.set_identities(user, [LinkedIdentity(provider_id, proof.key, now)])
    user.has_unread_address = True
    add = identities_store.add(user.user_id, proof.key)

    def write(writes: store.Transaction) -> None:
        create(writes)
        add(writes)

    return sessions.start(user, device, (FEDERATED,), now, writes_alongside=write)


@retry_on_conflict
def _link(caller: Caller, proof: Proof, device: Device, now: datetime) -> LinkedIdentity:
    user, _ = sessions.require_alive(caller, now)
    _require_open(proof.attempt)
    if identities_store.find_owner_id(proof.key) is not None:
        raise IdentityTaken("This identity belongs to an account already.")
    provider_id = proof.provider.id
    linked = LinkedIdentity(provider_id, proof.key, now)
    all_of_them = identities.add(identities_store.list_identities(user), linked)
    report_token = report_tokens.issue(user, now)
    published = IdentityLinked(
        user_id=user.user_id,
        provider=_name(provider_id),
        report_token=report_token,
        changed_at=now,
    )
    identities_store.save(
        user,
        all_of_them,
        identities_store.add(user.user_id, proof.key),
        _entry(user, AuditAction.IDENTITY_LINKED, provider_id, device, now),
        events=[new_event(user.user_id, published, now)],
        used=proof.attempt.item,
    )
    return linked


def _require_open(attempt: Attempt) -> None:
    if attempts_store.find(codes.hash_id(attempt.id)) is None:
        raise attempts.invalid_code()  # used meanwhile


def _require_provider(provider_id: str) -> Provider:
    provider = configuration.find_provider(provider_id)
    if provider is None:
        raise NotFound("There is no such provider.")
    return provider


def _parse_form(form: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(form.decode("ascii", "replace"), max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:  # too many fields: no answer of a provider
        return {}


def _read_posted_name(user: str) -> str | None:
    try:
        name = msgspec.json.decode(user, type=_PostedUser).name
    except msgspec.MsgspecError:
        return None
    return identities.choose_name(f"{name.first_name} {name.last_name}")


def _unavailable(provider: Provider, error: ProviderFailed) -> ProviderUnavailable:
    logger.error("identity provider failed", provider=provider.id, reason=str(error))
    return ProviderUnavailable(f"{provider.name} does not respond as it should. Try again later.")


def _present(linked: LinkedIdentity) -> IdentityView:
    return IdentityView(linked.provider, _name(linked.provider), linked.linked_at)


def _name(provider_id: str) -> str:
    """Return the name of a provider, which may not be configured any more."""
    provider = configuration.find_provider(provider_id)
    return provider.name if provider else provider_id.capitalize()


def _entry(
    user: UserItem, action: AuditAction, provider_id: str, device: Device, now: datetime
) -> store.AuditItem:
    return audit.record(
        user.user_id,
        action,
        now,
        origin=Origin.from_device(device),
        details={"provider": provider_id},
    )

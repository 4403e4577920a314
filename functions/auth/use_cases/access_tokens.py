"""Access tokens, signed by the key of now."""

from datetime import datetime, timedelta

from msgspec import UNSET, UnsetType

from auth.use_cases import token_keys
from domain.ids import new_id
from shared.http.access_tokens import (
    AUDIENCE,
    LIFETIME_SECONDS,
    TOKEN_TYPE,
    Actor,
    Claims,
    TokenSettings,
)
from shared.platform.config import from_environment

LIFETIME = timedelta(seconds=LIFETIME_SECONDS)


def issue(
    user_id: str,
    email: str,
    role: str,
    session_id: str,
    now: datetime,
    *,
    authenticated_at: datetime | None = None,
    actor: Actor | UnsetType = UNSET,
    scope: str | UnsetType = UNSET,
) -> str:
    """Issue a signed access token (RFC 9068), valid for 15 minutes.

    Args:
        user_id: The subject.
        email: Address of the subject, or of the assistant.
        role: Role of the subject.
        session_id: The session that the token belongs to.
        now: The current instant.
        authenticated_at: When the subject last proved who they are.
        actor: The assistant who acts for the subject.
        scope: What the assistant may do.
    """
    claims = Claims(
        iss=from_environment(TokenSettings).token_issuer,
        aud=AUDIENCE,
        sub=user_id,
        role=role,
        sid=session_id,
        email=email,
        iat=int(now.timestamp()),
        exp=int((now + LIFETIME).timestamp()),
        jti=new_id("tok"),
        auth_time=int(authenticated_at.timestamp()) if authenticated_at else UNSET,
        act=actor,
        scope=scope,
    )
    return token_keys.signer(now).sign(TOKEN_TYPE, claims)

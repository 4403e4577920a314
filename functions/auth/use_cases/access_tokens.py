"""Access tokens, signed by the key of now."""

from datetime import datetime, timedelta

from auth.use_cases import token_keys
from domain.ids import new_id
from shared.http.access_tokens import (
    AUDIENCE,
    LIFETIME_SECONDS,
    TOKEN_TYPE,
    Claims,
    TokenSettings,
)
from shared.platform.config import from_environment

LIFETIME = timedelta(seconds=LIFETIME_SECONDS)


def issue(user_id: str, email: str, role: str, session_id: str, now: datetime) -> str:
    """Issue a signed access token (RFC 9068), valid for 15 minutes."""
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
    )
    return token_keys.signer(now).sign(TOKEN_TYPE, claims)

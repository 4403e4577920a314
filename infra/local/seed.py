"""Secrets and demo users of a stack on this machine."""

import json
from http import HTTPStatus
from typing import Any

import boto3

from infra import configure as secrets
from infra import vapid_keys
from infra.local import loopback
from infra.local.settings import Settings, StackError
from infra.local.standins import openid
from infra.local.standins.social import network
from infra.local.standins.twilio import (
    DEFAULT_ACCOUNT_SID,
    DEFAULT_AUTH_TOKEN,
    DEFAULT_PHONE_NUMBER,
)

# The feature that the stand-ins of Meta and Google call.
NETWORKS = "social"
CLIENT_APPLICATIONS = ("web", "mobile", "partner")
DEMO_USERS = {
    "client": {"email": "client@example.com", "password": "demo-client", "name": "Cleo Client"},
    "artist": {"email": "artist@example.com", "password": "demo-artist", "name": "Ari Artist"},
    "admin": {"email": "admin@example.com", "password": "demo-admin", "name": "Ada Admin"},
}


def configure(settings: Settings, session: boto3.Session) -> None:
    """Point the provider settings to the stand-ins, as the functions reach them.

    The VAPID keys are made once and kept.
    """
    client = session.client("ssm")
    prefix = settings.prefix().rstrip("-")
    secrets.create_keys(client, prefix)
    secrets.put(
        client,
        prefix,
        {
            "MONGO_URI": settings.functions_mongo_uri,
            "MESSAGING_MONGO_URI": settings.functions_mongo_uri,
            "SMTP_HOST": settings.standins_host,
            "SMTP_PORT": str(settings.smtp_port),
            "SMTP_USER": "",
            "SMTP_PASS": "",
            "SMTP_FROM": "Artist Booking <hello@artistbooking.example>",
            "SMTP_SECURITY": "none",
            "SMTP_BOUNCE_ADDRESS": "bounces@bounces.artistbooking.example",
            "TWILIO_ACCOUNT_SID": DEFAULT_ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": DEFAULT_AUTH_TOKEN,
            "TWILIO_PHONE_NUMBER": DEFAULT_PHONE_NUMBER,
            "TWILIO_API_BASE_URL": f"{settings.standins_url}/twilio",
            "IDP_STANDIN_NAME": "the stand-in",
            "IDP_STANDIN_ISSUER": f"{settings.standins_url}/openid",
            "IDP_STANDIN_CLIENT_ID": openid.CLIENT_ID,
            "IDP_STANDIN_CLIENT_SECRET": openid.CLIENT_SECRET,
            **network.settings(settings.standins_url, settings.inbox_url),
        },
    )
    if "VAPID_PRIVATE_KEY" not in secrets.get(client, f"{prefix}-vapid"):
        contact = {"VAPID_EMAIL": "mailto:hello@artistbooking.example"}
        secrets.put(client, prefix, vapid_keys.pair() | contact)


def connect_webhook(settings: Settings, api_url: str) -> None:
    """Let the stand-in of Twilio post what people reply to the API."""
    url = f"{api_url}/v1/notifications/callbacks/twilio/inbound"
    _put(settings, "twilio/webhook", {"url": url})


def connect_networks(settings: Settings, api_url: str) -> None:
    """Register the API at the stand-ins of Meta and Google, as an operator does in their consoles.

    Redirect URIs, what Meta calls when somebody removes the app or asks for deletion, and webhooks,
    which Meta verifies at once.
    """
    social = f"{api_url}/v1/social"
    for provider, platforms in (("meta", ("instagram", "facebook")), ("google", ("google",))):
        uris = [f"{social}/accounts/{platform}/callback" for platform in platforms]
        _put(settings, f"{provider}/_control/redirect-uris", {"uris": uris})
    for platform in ("instagram", "facebook"):
        callbacks = f"{social}/callbacks/{platform}"
        _put(
            settings,
            f"meta/_control/callbacks/{platform}",
            {
                "deauthorize": f"{callbacks}/deauthorize",
                "dataDeletion": f"{callbacks}/data-deletion",
            },
        )
        _put(
            settings,
            f"meta/_control/webhooks/{platform}",
            {
                "url": f"{social}/webhooks/{platform}",
                "verifyToken": network.VERIFY_TOKEN,
            },
        )


def _put(settings: Settings, path: str, value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    url = f"{settings.inbox_url}/{path}"
    # Meta verifies a webhook at once, which may be the first request of a function.
    status, answer = loopback.call("PUT", url, body=body, timeout=60.0)
    if status != HTTPStatus.NO_CONTENT:
        raise StackError(f"The stand-ins answered {status} to {path}: {answer!r}")


def publish_api_url(settings: Settings, session: boto3.Session, api_url: str) -> None:
    """Keep the address of the API, which mails link to."""
    prefix = settings.prefix().rstrip("-")
    secrets.put(session.client("ssm"), prefix, {"API_URL": api_url})


def seed(settings: Settings, session: boto3.Session) -> dict[str, Any]:
    """Create missing demo users; return `apiKeys` and `users` for stack.json.

    It invokes the function that operators use to provision users.
    """
    return {
        "apiKeys": _api_keys(settings, session),
        "users": {
            role: {**person, "id": _provision(settings, session, role, person)}
            for role, person in DEMO_USERS.items()
        },
    }


def _api_keys(settings: Settings, session: boto3.Session) -> dict[str, str]:
    answer = session.client("apigateway").get_api_keys(includeValues=True, limit=500)
    # LocalStack may have kept those of an API that a failed deployment left behind.
    by_age = sorted(answer["items"], key=lambda key: key["createdDate"])
    values = {key["name"]: key["value"] for key in by_age}
    return {name: values[settings.prefix() + name] for name in CLIENT_APPLICATIONS}


def _provision(
    settings: Settings, session: boto3.Session, role: str, person: dict[str, str]
) -> str:
    answer = session.client("lambda").invoke(
        FunctionName=f"{settings.prefix()}auth-provision-user",
        Payload=json.dumps({**person, "role": role}),
    )
    user = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise StackError(f"The demo {role} could not be created: {user}")
    return str(user["id"])

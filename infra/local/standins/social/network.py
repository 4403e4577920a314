"""The social stand-ins of one process, wired together."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from infra.local.standins.database import Database
from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.social.control import (
    FaultControl,
    GoogleControl,
    MetaControl,
    SharedControl,
)
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.google_calendar import GoogleCalendar
from infra.local.standins.social.google_oauth import CLIENT_ID, CLIENT_SECRET, GoogleOAuth
from infra.local.standins.social.google_revocation import GoogleRevocation
from infra.local.standins.social.google_state import GoogleState
from infra.local.standins.social.kept import Clock, Kept
from infra.local.standins.social.meta_graph import MetaGraph
from infra.local.standins.social.meta_login import (
    FACEBOOK_APP_ID,
    FACEBOOK_APP_SECRET,
    INSTAGRAM_APP_ID,
    INSTAGRAM_APP_SECRET,
    MetaLogin,
)
from infra.local.standins.social.meta_state import MetaState
from infra.local.standins.social.meta_webhooks import MetaWebhooks
from infra.local.standins.social.outgoing import Outgoing

GRAPH_VERSION = "v23.0"
VERIFY_TOKEN = "stand-in-verify-token"  # noqa: S105 (it opens only the stand-in)


class SocialNetworks:
    """Meta, Google and Google's token revocation below `origin` (scheme, host and port).

    Their consent pages are below `pages`.

    Attributes:
        clock: Time of the stand-ins.
        outgoing: Requests to the application: webhooks and notifications.
        meta: Logins and accounts of Meta.
        google: People and calendars of Google.
        graph: What people do on Instagram and Facebook.
        calendars: What people do in their calendars.
        meta_faults: Faults of Meta.
        google_faults: Faults of Google.
        revocation_faults: Faults of Google's token revocation.
    """

    def __init__(self, database: Database, *, origin: str, pages: str, sends: bool) -> None:
        self._origin, self._pages = origin, pages
        self.clock = Clock()
        self.outgoing = Outgoing(sends=sends)
        self.meta = Kept(database, "meta", MetaState)
        self.google = Kept(database, "google", GoogleState)
        self.meta_faults = ProviderFaults("meta")
        self.google_faults = ProviderFaults("google")
        self.revocation_faults = ProviderFaults("google-revocation")
        base = f"{origin}/meta"
        login = MetaLogin(self.meta, self.clock, self.meta_faults, pages=f"{pages}/meta")
        self.webhooks = MetaWebhooks(self.clock, self.outgoing)
        self.graph = MetaGraph(
            self.meta, self.clock, self.meta_faults, login, self.webhooks, base=base
        )
        base = f"{origin}/google"
        oauth = GoogleOAuth(
            self.google, self.clock, self.google_faults, base=base, pages=f"{pages}/google"
        )
        self.calendars = GoogleCalendar(
            self.google, self.clock, self.google_faults, self.outgoing, base=base
        )
        self._meta_control = MetaControl(self.meta, self.clock, self.graph, self.webhooks)
        self.google_control = GoogleControl(self.google, self.calendars)
        self._routes = [
            Route("GET", "/social", self._describe),
            *SharedControl(self.clock, self.outgoing).routes(),
            *FaultControl("/meta", self.meta_faults).routes(),
            *FaultControl("/google", self.google_faults).routes(),
            *FaultControl("/google-revocation", self.revocation_faults).routes(),
            *self._meta_control.routes(),
            *self.google_control.routes(),
            *login.routes(),
            *self.graph.routes(),
            *oauth.routes(),
            *self.calendars.routes(),
            *GoogleRevocation(self.google, self.revocation_faults).routes(),
        ]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return self._routes

    def reset(self) -> None:
        """Forget everybody, every fault and every request, and return to the machine's time."""
        self.meta.reset()
        self.google.reset()
        self.calendars.forget_calls()
        for faults in (self.meta_faults, self.google_faults, self.revocation_faults):
            faults.clear()
        self.outgoing.take()
        self.clock.reset()

    def settings(self) -> Mapping[str, str]:
        """Return the secret `social-providers` with which the application reaches them."""
        return settings(self._origin, self._pages)

    def start(self) -> None:
        """Start sending requests to the application."""
        self.outgoing.start()

    def close(self) -> None:
        """Stop sending requests to the application."""
        self.outgoing.close()

    def _describe(self, _: Request) -> Response:
        return json_response(
            {
                "meta": self._meta_control.describe(),
                "google": self.google_control.describe(),
                "faults": {
                    "meta": self.meta_faults.all(),
                    "google": self.google_faults.all(),
                    "google-revocation": self.revocation_faults.all(),
                },
                "deliveries": self.outgoing.all()[-50:],
            }
        )


def settings(origin: str, pages: str) -> dict[str, str]:
    """Return the settings of the secret `social-providers` for stand-ins at an origin.

    Args:
        origin: Scheme, host and port, as the application reaches them.
        pages: The same, as people reach them.
    """
    media_host = urlsplit(origin).hostname or ""
    meta, google = f"{origin}/meta", f"{origin}/google"
    instagram = f"{meta}/instagram-graph/{GRAPH_VERSION}"
    facebook = f"{meta}/graph/{GRAPH_VERSION}"
    values = {
        "INSTAGRAM": {
            "CLIENT_ID": INSTAGRAM_APP_ID,
            "CLIENT_SECRET": INSTAGRAM_APP_SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "AUTHORIZE_URL": f"{pages}/meta/instagram/oauth/authorize",
            "TOKEN_URL": f"{meta}/instagram-api/oauth/access_token",
            "REVOKE_URL": f"{instagram}/me/permissions",
            "PROFILE_URL": f"{instagram}/me",
            "API_URL": instagram,
            "MEDIA_HOSTS": media_host,
        },
        "FACEBOOK": {
            "CLIENT_ID": FACEBOOK_APP_ID,
            "CLIENT_SECRET": FACEBOOK_APP_SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "AUTHORIZE_URL": f"{pages}/meta/facebook/{GRAPH_VERSION}/dialog/oauth",
            "TOKEN_URL": f"{facebook}/oauth/access_token",
            "REVOKE_URL": f"{facebook}/me/permissions",
            "PROFILE_URL": f"{facebook}/me",
            "API_URL": facebook,
            "MEDIA_HOSTS": media_host,
        },
        "GOOGLE": {
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "AUTHORIZE_URL": f"{pages}/google/o/oauth2/v2/auth",
            "TOKEN_URL": f"{google}/token",
            "REVOKE_URL": f"{origin}/google-revocation/revoke",
            "PROFILE_URL": f"{google}/oauth2/v3/userinfo",
            "API_URL": f"{google}/calendar/v3",
            "ISSUER": google,
        },
    }
    return {
        f"SOCIAL_{provider}_{name}": value
        for provider, named in values.items()
        for name, value in named.items()
    }

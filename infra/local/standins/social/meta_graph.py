"""Part of the Graph API: profiles, permissions, webhook fields, messages and media.

graph.instagram.com serves Instagram accounts with their own tokens, graph.facebook.com pages with
tokens of pages; paths and errors are the same, so one class answers both.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
https://developers.facebook.com/docs/messenger-platform/send-messages
https://developers.facebook.com/docs/instagram-platform/reference/instagram-media
"""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from infra.local.standins import base64url
from infra.local.standins.http import Problem, Request, Response, Route, json_response
from infra.local.standins.social import grants
from infra.local.standins.social.errors import ProviderError
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.kept import Clock, Kept
from infra.local.standins.social.meta_login import MetaLogin, end_tokens
from infra.local.standins.social.meta_state import (
    Account,
    DirectMessage,
    Guest,
    MetaState,
    Platform,
    Token,
)
from infra.local.standins.social.meta_webhooks import MetaWebhooks

Json = dict[str, Any]

REPLY_MILLISECONDS = 24 * 3600 * 1000
HUMAN_AGENT_MILLISECONDS = 7 * 24 * 3600 * 1000
# Characters (Messenger) and bytes (Instagram) of a text.
MAX_TEXT: Mapping[Platform, int] = {"instagram": 1000, "facebook": 2000}
_MESSAGES: Mapping[Platform, str] = {
    "instagram": "instagram_business_manage_messages",
    "facebook": "pages_messaging",
}
_SUBSCRIBES: Mapping[Platform, str] = {
    "instagram": "instagram_business_manage_messages",
    "facebook": "pages_manage_metadata",
}
_BASIC: Mapping[Platform, str] = {
    "instagram": "instagram_business_basic",
    "facebook": "pages_read_engagement",
}
_PROFILE_FIELDS = frozenset(
    [
        "id",
        "user_id",
        "username",
        "name",
        "account_type",
        "profile_picture_url",
        "picture",
        "followers_count",
        "follows_count",
        "media_count",
        "biography",
        "website",
        "tasks",
        "access_token",
        "category",
        "email",
        "instagram_business_account",
    ]
)
_GUEST_FIELDS = frozenset(
    [
        "id",
        "name",
        "username",
        "profile_pic",
        "first_name",
        "last_name",
        "follower_count",
        "is_user_follow_business",
        "is_business_follow_user",
        "is_verified_user",
    ]
)
_MEDIA_FIELDS = frozenset(
    [
        "id",
        "caption",
        "media_type",
        "media_product_type",
        "media_url",
        "permalink",
        "thumbnail_url",
        "timestamp",
        "username",
        "children",
        "like_count",
        "comments_count",
        "is_shared_to_feed",
        "owner",
        "shortcode",
        "alt_text",
        "name",
        "images",
        "link",
        "created_time",
        "picture",
        "source",
        "album",
        "from",
    ]
)
_WEBHOOK_FIELDS = frozenset(
    [
        "messages",
        "messaging_postbacks",
        "messaging_seen",
        "messaging_referral",
        "messaging_optins",
        "message_reactions",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "message_edits",
        "comments",
        "live_comments",
        "mentions",
        "feed",
    ]
)
_FIELD = re.compile(r"(\w+)(?:\.\w+\(\d+\))*(?:\{([\w,]*)\})?")
_MEDIA_PAGE = 25
_FULL_USAGE = 100
_MAX_MEDIA_PAGE = 100


class MetaGraph:
    """Graph API of the accounts that logged in at the stand-in."""

    def __init__(
        self,
        state: Kept[MetaState],
        clock: Clock,
        faults: ProviderFaults,
        login: MetaLogin,
        webhooks: MetaWebhooks,
        *,
        base: str,
    ) -> None:
        self._state = state
        self._clock = clock
        self._faults = faults
        self._login = login
        self._webhooks = webhooks
        self.base = base

    def routes(self) -> list[Route]:
        """Return the routes; all of them name a version of the API."""
        route = self._faults.route
        routes = [Route("GET", "/meta/cdn/{name}", self._serve_file)]
        for host in ("instagram-graph", "graph"):
            version = f"/meta/{host}/{{version}}"
            node = f"{version}/{{node}}"
            routes += [
                route("GET", f"{version}/me/accounts", "pages", self._list_pages),
                route("GET", f"{node}/permissions", "permissions", self._list_permissions),
                route("DELETE", f"{node}/permissions", "revoke", self._revoke),
                route("POST", f"{node}/subscribed_apps", "subscribe", self._subscribe),
                route("GET", f"{node}/subscribed_apps", "subscribe", self._list_subscribed),
                route("DELETE", f"{node}/subscribed_apps", "unsubscribe", self._unsubscribe),
                route("POST", f"{node}/messages", "messages.send", self._send),
                route("GET", f"{node}/conversations", "conversations", self._list_threads),
                route("GET", f"{node}/messages", "messages.list", self._list_messages),
                route("GET", f"{node}/media", "media.list", self._list_media),
                route("GET", f"{node}/photos", "media.list", self._list_media),
                route("GET", f"{node}/children", "media.children", self._list_children),
                route("GET", node, "node", self._get_node),
                route("GET", version, "batch", self._get_many),
                route("GET", f"{version}/", "batch", self._get_many),
            ]
        return routes

    # Who calls.

    def _token(self, state: MetaState, request: Request) -> Token:
        text = grants.bearer_of(request)
        token = self._login.read(state, text)
        self._login.check_proof(request, token, text)
        self._check_limit(state, token)
        return token

    def _check_limit(self, state: MetaState, token: Token) -> None:
        """Refuse calls while the usage is 100 percent; the headers say for how long."""
        if state.usage.get("call_count", 0) < _FULL_USAGE:
            return
        name = "business" if token.platform == "instagram" else "account"
        usage = self._business_usage(state, token.subject, token.platform)
        headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
        raise ProviderError(f"meta.{name}_rate_limit", headers=headers)

    def _business_usage(self, state: MetaState, subject: str, platform: Platform) -> Json:
        usage = {
            "type": "instagram" if platform == "instagram" else "messenger",
            "call_count": state.usage.get("call_count", 1),
            "total_cputime": state.usage.get("total_cputime", 1),
            "total_time": state.usage.get("total_time", 1),
            "estimated_time_to_regain_access": state.usage.get(
                "estimated_time_to_regain_access", 0
            ),
        }
        return {subject: [usage]}

    def _account(
        self, state: MetaState, request: Request, scopes: Mapping[Platform, str]
    ) -> Account:
        """Return the account of the token, which the path has to name. Raises ProviderError."""
        token = self._token(state, request)
        account = state.accounts.get(token.subject)
        node = request.params.get("node", "me")
        if account is None or node not in ("me", account.id):
            raise ProviderError("meta.object_missing", node)
        needed = scopes[account.platform]
        if needed not in token.scopes:
            raise ProviderError("meta.permission_missing", needed)
        return account

    def _answer(self, state: MetaState, account: Account | None, value: Any) -> Response:
        """Return a success with the headers that say how much of the limits is used."""
        usage = {
            name: state.usage.get(name, 1) for name in ("call_count", "total_cputime", "total_time")
        }
        headers = {"X-App-Usage": json.dumps(usage)}
        if account is not None:
            business = self._business_usage(state, account.id, account.platform)
            headers["X-Business-Use-Case-Usage"] = json.dumps(business)
        return json_response(value, headers=headers)

    # Profiles and permissions.

    def _get_node(self, request: Request) -> Response:
        with self._state.changing() as state:
            token = self._token(state, request)
            node = request.params["node"]
            fields = _fields(request)
            if node in ("me", token.subject):
                return self._answer(
                    state, state.accounts.get(token.subject), self._self(state, token, fields)
                )
            account = state.accounts.get(token.subject)
            return self._answer(state, account, self._node(state, token, account, node, fields))

    def _get_many(self, request: Request) -> Response:
        ids = [each for each in request.query.get("ids", "").split(",") if each]
        if not ids:
            raise ProviderError("meta.invalid_parameter", "ids")
        with self._state.changing() as state:
            token = self._token(state, request)
            account = state.accounts.get(token.subject)
            fields = _fields(request)
            # One id that is missing fails the whole request, as at Meta.
            found = {each: self._node(state, token, account, each, fields) for each in ids}
            return self._answer(state, account, found)

    def _node(
        self, state: MetaState, token: Token, account: Account | None, node: str, fields: Any
    ) -> Json:
        if account is not None:
            guest = state.guests.get(node)
            if guest is not None and guest.account == account.id:
                if _MESSAGES[account.platform] not in token.scopes:
                    raise ProviderError("meta.permission_missing", _MESSAGES[account.platform])
                return _chosen(self._guest(account, guest), fields, _GUEST_FIELDS)
            for medium in _all_media(account):
                if medium["id"] == node:
                    return self._medium(account, medium, fields)
            for message in state.messages:
                if message.account == account.id and node in (message.mid, _thread_id(message)):
                    return self._thread_or_message(state, account, message, node)
        elif (page := state.accounts.get(node)) is not None and page.owner == token.subject:
            return _chosen(self._page(state, token, page), fields, _PROFILE_FIELDS)
        raise ProviderError("meta.object_missing", node)

    def _self(self, state: MetaState, token: Token, fields: Any) -> Json:
        account = state.accounts.get(token.subject)
        if account is None:
            email = state.people[token.subject]
            person = {"id": token.subject, "name": email.split("@")[0], "email": email}
            return _chosen(person, fields, _PROFILE_FIELDS)
        if account.platform == "facebook":
            return _chosen(self._page(state, token, account), fields, _PROFILE_FIELDS)
        if _BASIC["instagram"] not in token.scopes:
            raise ProviderError("meta.permission_missing", _BASIC["instagram"])
        profile = {
            "id": account.app_scoped_id,
            "user_id": account.id,
            "username": account.username,
            "name": account.name,
            "account_type": account.account_type,
            "profile_picture_url": self._picture(account.id),
            "followers_count": 120,
            "follows_count": 80,
            "media_count": len(account.media),
            "biography": "",
            "website": "",
        }
        return _chosen(profile, fields, _PROFILE_FIELDS)

    def _page(self, state: MetaState, token: Token, page: Account) -> Json:
        return {
            "id": page.id,
            "name": page.name,
            "category": "Tattoo & Piercing Shop",
            "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
            "picture": {"data": {"url": self._picture(page.id), "is_silhouette": False}},
            "access_token": self._login.page_token(state, token, page),
        }

    def _guest(self, account: Account, guest: Guest) -> Json:
        first, _, last = guest.name.partition(" ")
        profile = {"id": guest.id, "name": guest.name, "profile_pic": self._picture(guest.id)}
        if account.platform == "facebook":
            return {**profile, "first_name": first, "last_name": last}
        return {
            **profile,
            "username": guest.username,
            "follower_count": 5,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        }

    def _list_pages(self, request: Request) -> Response:
        with self._state.changing() as state:
            token = self._token(state, request)
            if "pages_show_list" not in token.scopes:
                raise ProviderError("meta.permission_missing", "pages_show_list")
            pages = [
                _chosen(self._page(state, token, each), _fields(request), _PROFILE_FIELDS)
                for each in state.accounts.values()
                if each.platform == "facebook" and each.owner == token.subject and each.is_chosen
            ]
            return self._answer(state, None, {"data": pages, "paging": {"cursors": {}}})

    def _list_permissions(self, request: Request) -> Response:
        with self._state.reading() as state:
            token = self._token(state, request)
            data = [{"permission": each, "status": "granted"} for each in token.scopes]
            return self._answer(state, None, {"data": data})

    def _revoke(self, request: Request) -> Response:
        with self._state.changing() as state:
            token = self._token(state, request)
            node = request.params["node"]
            if node not in ("me", token.subject):
                raise ProviderError("meta.object_missing", node)
            for account in state.accounts.values():
                if token.subject in (account.id, account.owner):
                    end_tokens(state, account, "meta.app_removed")
                    account.fields = []
            return json_response({"success": True})

    # Webhook fields.

    def _subscribe(self, request: Request) -> Response:
        form = grants.form_of(request)
        body = _json_or_none(request) or {}
        wanted = body.get("subscribed_fields", form.get("subscribed_fields", ""))
        fields = (
            wanted if isinstance(wanted, list) else [each for each in wanted.split(",") if each]
        )
        unknown = [each for each in fields if each not in _WEBHOOK_FIELDS]
        if unknown or not fields:
            raise ProviderError("meta.invalid_parameter", "subscribed_fields")
        with self._state.changing() as state:
            account = self._account(state, request, _SUBSCRIBES)
            account.fields = sorted(set(fields))
            return self._answer(state, account, {"success": True})

    def _list_subscribed(self, request: Request) -> Response:
        with self._state.reading() as state:
            account = self._account(state, request, _SUBSCRIBES)
            data = [{"subscribed_fields": account.fields}] if account.fields else []
            return self._answer(state, account, {"data": data})

    def _unsubscribe(self, request: Request) -> Response:
        with self._state.changing() as state:
            account = self._account(state, request, _SUBSCRIBES)
            account.fields = []
            return self._answer(state, account, {"success": True})

    # Messages.

    def _send(self, request: Request) -> Response:
        body = _json_or_none(request)
        if body is None:
            form = grants.form_of(request)
            body = {
                name: json.loads(form[name]) if form[name].startswith("{") else form[name]
                for name in form
            }
        with self._state.changing() as state:
            account = self._account(state, request, _MESSAGES)
            guest = state.guests.get(str((body.get("recipient") or {}).get("id", "")))
            if guest is None or guest.account != account.id:
                raise ProviderError("meta.recipient_unknown")
            if guest.has_blocked:
                raise ProviderError("meta.recipient_unavailable")
            self._check_window(state, account, guest, body)
            text, attachments = _content(body, account.platform)
            message = DirectMessage(
                mid=_mid(state, account),
                account=account.id,
                guest=guest.id,
                from_guest=False,
                by_app=True,
                at=self._clock.milliseconds(),
                text=text,
                attachments=attachments,
                tag=body.get("tag"),
                metadata=body["message"].get("metadata"),
            )
            state.messages.append(message)
            self._webhooks.message(state, message)
            answer = {"recipient_id": guest.id, "message_id": message.mid}
            return self._answer(state, account, answer)

    def _check_window(self, state: MetaState, account: Account, guest: Guest, body: Json) -> None:
        """Refuse a reply outside of 24 hours, or of seven days with the tag HUMAN_AGENT."""
        tag = body.get("tag")
        kind = body.get("messaging_type", "RESPONSE" if tag is None else "MESSAGE_TAG")
        if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
            raise ProviderError("meta.invalid_parameter", "messaging_type")
        if (kind == "MESSAGE_TAG") != (tag is not None) or tag not in (None, "HUMAN_AGENT"):
            raise ProviderError("meta.invalid_parameter", "tag")
        last = max(
            (each.at for each in state.messages if each.guest == guest.id and each.from_guest),
            default=0,
        )
        window = REPLY_MILLISECONDS if tag is None else HUMAN_AGENT_MILLISECONDS
        if last + window <= self._clock.milliseconds():
            name = "instagram_window_closed" if account.platform == "instagram" else "window_closed"
            page = "https://developers.facebook.com/docs/messenger-platform/policy/policy-overview"
            raise ProviderError(f"meta.{name}", f"Learn more: {page}")

    def _list_threads(self, request: Request) -> Response:
        query = request.query
        fields = _fields(request)
        with self._state.reading() as state:
            account = self._account(state, request, _MESSAGES)
            platform = "instagram" if account.platform == "instagram" else "messenger"
            if query.get("platform", platform) != platform:
                raise ProviderError("meta.invalid_parameter", "platform")
            threads: dict[str, DirectMessage] = {}
            for message in state.messages:
                if message.account == account.id and query.get("user_id") in (None, message.guest):
                    threads[_thread_id(message)] = message
            data = [
                self._thread_or_message(state, account, message, key)
                for key, message in sorted(threads.items(), key=lambda each: -each[1].at)
            ]
            if "messages" not in fields:
                for thread in data:
                    del thread["messages"]
            return self._answer(state, account, {"data": data})

    def _list_messages(self, request: Request) -> Response:
        with self._state.reading() as state:
            token = self._token(state, request)
            account = state.accounts.get(token.subject)
            node = request.params["node"]
            found = [
                self._message(state, account, each)
                for each in reversed(state.messages)
                if account is not None and each.account == account.id and _thread_id(each) == node
            ]
            if not found:
                raise ProviderError("meta.object_missing", node)
            return self._answer(state, account, {"data": found})

    def _thread_or_message(
        self, state: MetaState, account: Account, message: DirectMessage, node: str
    ) -> Json:
        if node == message.mid:
            return self._message(state, account, message)
        thread = [each for each in reversed(state.messages) if _thread_id(each) == node]
        data = [self._message(state, account, each) for each in thread]
        return {"id": node, "updated_time": _time(thread[0].at), "messages": {"data": data}}

    def _message(self, state: MetaState, account: Account | None, message: DirectMessage) -> Json:
        assert account is not None
        guest = state.guests[message.guest]
        both = [
            {"id": account.id, "username": account.username},
            {"id": guest.id, "username": guest.username},
        ]
        sender, recipient = both if not message.from_guest else reversed(both)
        shown: Json = {
            "id": message.mid,
            "created_time": _time(message.at),
            "from": sender,
            "to": {"data": [recipient]},
            "message": message.text or "",
        }
        if message.attachments:
            images = [
                {"image_data": {"url": each["payload"]["url"]}} for each in message.attachments
            ]
            shown["attachments"] = {"data": images}
        return shown

    # Media.

    def _list_media(self, request: Request) -> Response:
        query = request.query
        with self._state.reading() as state:
            account = self._account(state, request, _BASIC)
            fields = _fields(request)
            limit = query.get("limit", str(_MEDIA_PAGE))
            if not limit.isdecimal() or not 1 <= int(limit) <= _MAX_MEDIA_PAGE:
                raise ProviderError("meta.invalid_parameter", "limit")
            begin = _position(account, query.get("after"))
            page = account.media[begin : begin + int(limit)]
            answer: Json = {"data": [self._medium(account, each, fields) for each in page]}
            if page:
                after = base64url.encode(page[-1]["id"].encode())
                before = base64url.encode(page[0]["id"].encode())
                answer["paging"] = {"cursors": {"before": before, "after": after}}
                if begin + len(page) < len(account.media):
                    answer["paging"]["next"] = self._next(request, account, after)
            return self._answer(state, account, answer)

    def _next(self, request: Request, account: Account, after: str) -> str:
        kept = {name: value for name, value in request.query.items() if name != "after"}
        kept["access_token"] = grants.bearer_of(request)
        host = "instagram-graph" if account.platform == "instagram" else "graph"
        version = request.params.get("version", "v23.0")
        edge = "media" if account.platform == "instagram" else "photos"
        query = urlencode({**kept, "after": after})
        return f"{self.base}/{host}/{version}/{account.id}/{edge}?{query}"

    def _list_children(self, request: Request) -> Response:
        with self._state.reading() as state:
            token = self._token(state, request)
            account = state.accounts.get(token.subject)
            node = request.params["node"]
            for medium in account.media if account else []:
                if account is not None and medium["id"] == node:
                    children = [
                        self._medium(account, each, _fields(request))
                        for each in medium.get("children", [])
                    ]
                    return self._answer(state, account, {"data": children})
            raise ProviderError("meta.object_missing", node)

    def _medium(self, account: Account, medium: Json, fields: Mapping[str, str]) -> Json:
        shown = {**medium}
        if "children" in medium:
            wanted = {name: "" for name in fields.get("children", "").split(",") if name}
            children = [self._medium(account, each, wanted) for each in medium["children"]]
            shown["children"] = {"data": children}
        return _chosen(shown, fields, _MEDIA_FIELDS)

    def _serve_file(self, request: Request) -> Response:
        name = request.params["name"]
        with self._state.reading() as state:
            stored = state.files.get(name)
        if stored is not None:
            content_type, _, data = stored.partition(";")
            headers = {"Content-Type": content_type, "Cache-Control": "max-age=1209600"}
            return Response(200, base64.b64decode(data), headers)
        if name.startswith("picture-"):
            return Response(200, picture(name), {"Content-Type": "image/png"})
        text = {"Content-Type": "text/plain"}
        return Response(403, b"URL signature expired", text)

    def _picture(self, key: str) -> str:
        return f"{self.base}/cdn/picture-{key}.png"

    # What people do on the platforms: for the control API.

    def receive(
        self,
        platform: Platform,
        username: str,
        guest_name: str,
        *,
        text: str | None = None,
        attachments: list[Json] | None = None,
        at: int | None = None,
        echo: bool = False,
    ) -> DirectMessage:
        """Write to an account, or, as an echo, let its owner write in the platform's own app."""
        with self._state.changing() as state:
            account = _known(state, platform, username)
            handle = guest_name.lower().replace(" ", "_")
            guest = state.add_guest(account, handle, guest_name)
            message = DirectMessage(
                mid=_mid(state, account),
                account=account.id,
                guest=guest.id,
                from_guest=not echo,
                at=at or self._clock.milliseconds(),
                text=text,
                attachments=attachments or [],
            )
            state.messages.append(message)
            self._webhooks.message(state, message)
            return message

    def mark(self, mid: str, what: str) -> DirectMessage:
        """Let a message be delivered, read or deleted. Raises Problem 404 for an unknown one."""
        with self._state.changing() as state:
            found = next((each for each in state.messages if each.mid == mid), None)
            if found is None:
                raise Problem(404, "There is no such message.")
            if what == "delivered":
                found.is_delivered = True
                self._webhooks.delivered(state, found)
            elif what == "read":
                found.is_delivered = found.is_read = True
                self._webhooks.read(state, found)
            else:
                found.is_deleted = True
                self._webhooks.message(state, found)
            return found

    def block(self, platform: Platform, username: str, guest_name: str, *, blocks: bool) -> None:
        """Let somebody block an account on the platform, or end that."""
        with self._state.changing() as state:
            account = _known(state, platform, username)
            handle = guest_name.lower().replace(" ", "_")
            state.add_guest(account, handle, guest_name).has_blocked = blocks

    def add_file(self, content: bytes, content_type: str) -> str:
        """Put bytes on the CDN and return their URL."""
        with self._state.changing() as state:
            name = f"{state.next_id()}.{content_type.partition('/')[2]}"
            state.files[name] = f"{content_type};{base64.b64encode(content).decode()}"
        return f"{self.base}/cdn/{name}"

    def add_medium(self, platform: Platform, username: str, medium: Json) -> Json:
        """Post a picture, video or carousel; missing fields are made up."""
        with self._state.changing() as state:
            account = _known(state, platform, username)
            number = state.next_id()
            made = self._made_medium(account, number, medium)
            account.media.insert(0, made)
            return made

    def remove_medium(self, platform: Platform, username: str, media_id: str) -> None:
        """Delete a medium on the platform."""
        with self._state.changing() as state:
            account = _known(state, platform, username)
            account.media = [each for each in account.media if each["id"] != media_id]

    def _made_medium(self, account: Account, number: int, medium: Json) -> Json:
        media_id = f"18{number:015d}"
        picture_url = f"{self.base}/cdn/picture-{media_id}.png"
        now = _time(self._clock.milliseconds())
        link = f"https://www.instagram.com/p/{media_id}/"
        if account.platform == "facebook":
            image = medium.get("source", picture_url)
            return {
                "id": media_id,
                "name": "",
                "created_time": now,
                "link": f"https://www.facebook.com/photo.php?fbid={media_id}",
                "picture": image,
                "source": image,
                "images": [{"height": 64, "width": 64, "source": image}],
                **medium,
            }
        made = {
            "id": media_id,
            "media_type": "IMAGE",
            "media_product_type": "FEED",
            "media_url": picture_url,
            "permalink": link,
            "timestamp": now,
            "username": account.username,
            **medium,
        }
        if made["media_type"] == "VIDEO":
            made.setdefault("thumbnail_url", picture_url)
        children = made.get("children", [])
        if children:
            made["children"] = [
                {**self._made_medium(account, number * 100 + index, each), "caption": None}
                for index, each in enumerate(children, 1)
            ]
            for child in made["children"]:
                del child["caption"]  # children of a carousel have none
        return made


def _all_media(account: Account) -> list[Json]:
    return [
        *account.media,
        *(child for each in account.media for child in each.get("children", [])),
    ]


def _known(state: MetaState, platform: Platform, username: str) -> Account:
    account = state.find_account(platform, username)
    if account is None:
        raise Problem(404, f"No account {username} of {platform} has logged in.")
    return account


def _fields(request: Request) -> dict[str, str]:
    """Return the names of `fields`, each with what it has in braces."""
    text = request.query.get("fields", "")
    return {match[1]: match[2] or "" for match in _FIELD.finditer(text)}


def _chosen(value: Json, fields: Mapping[str, str], known: frozenset[str]) -> Json:
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ProviderError("meta.unknown_field", unknown[0])
    if not fields:
        return {name: value[name] for name in ("name", "id") if name in value}
    return {name: value[name] for name in value if name in fields or name == "id"}


def _content(body: Json, platform: Platform) -> tuple[str | None, list[Json]]:
    """Return text and attachments of a message to send. Raises ProviderError."""
    message = body.get("message")
    if not isinstance(message, dict):
        raise ProviderError("meta.invalid_parameter", "message")
    text = message.get("text")
    attachment: Json | None = message.get("attachment")
    if (text is None) == (attachment is None):
        raise ProviderError("meta.invalid_parameter", "message")
    if attachment is None:
        assert text is not None
        limit = MAX_TEXT[platform]
        size = len(text.encode()) if platform == "instagram" else len(text)
        if not text:
            raise ProviderError("meta.invalid_parameter", "message[text]")
        if size > limit:
            raise ProviderError("meta.text_too_long", str(limit))
        return text, []
    kinds = ("image", "video", "audio", "file")
    url = (attachment.get("payload") or {}).get("url", "")
    if attachment.get("type") not in kinds:
        raise ProviderError("meta.invalid_parameter", "message[attachment][type]")
    if urlsplit(url).scheme not in ("https", "http"):
        raise ProviderError("meta.attachment_failed")
    return None, [{"type": attachment["type"], "payload": {"url": url}}]


def _position(account: Account, after: str | None) -> int:
    if not after:
        return 0
    try:
        media_id = base64url.decode(after).decode()
    except (ValueError, UnicodeDecodeError):
        raise ProviderError("meta.invalid_cursor", after) from None
    ids = [each["id"] for each in account.media]
    if media_id not in ids:
        raise ProviderError("meta.invalid_cursor", after)
    return ids.index(media_id) + 1


def _mid(state: MetaState, account: Account) -> str:
    text = f"{account.platform}:{account.id}:{state.next_id():012d}"
    prefix = "aWdfZAG1faXRlbToxOk" if account.platform == "instagram" else "m_"
    return prefix + base64url.encode(text.encode())


def _thread_id(message: DirectMessage) -> str:
    return "aWdfZAG06" + base64url.encode(f"{message.account}:{message.guest}".encode())


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _json_or_none(request: Request) -> Json | None:
    if "json" not in (request.headers.get("Content-Type") or ""):
        return None
    try:
        return msgspec.json.decode(request.body, type=Json)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProviderError("meta.invalid_parameter", "body") from None


def picture(seed: str) -> bytes:
    """Return a PNG of 64 by 64 pixels in a colour that follows from the seed."""
    colour = zlib.crc32(seed.encode()).to_bytes(4, "big")[:3]
    rows = b"".join(b"\0" + colour * 64 for _ in range(64))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts

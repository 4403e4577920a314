"""Templates through the API: saving, listing and using them."""

from typing import Any

import pytest

from notifications.models import Template
from notifications.store import templates as template_store
from notifications.templates import system_templates
from notifications.use_cases import templates
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

NAME = {"name": "name", "type": "string"}
SYSTEM_NAMES = [shipped.name for shipped in system_templates.list_all()]


def template(text: str = "Hello {{ name }}", **changes: Any) -> dict[str, Any]:
    return {
        "name": "aftercare-first-day",
        "kind": "aftercare",
        "variables": [NAME],
        "bodies": {"email": {"subject": "How are you?", "text": text}},
    } | changes


def mail(**changes: str) -> dict[str, Any]:
    return {"bodies": {"email": {"subject": "x", "text": "x"} | changes}}


def list_all(person: ApiClient, limit: int = 100) -> list[dict[str, Any]]:
    """List all templates, page by page."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = person.get(f"/v1/notifications/templates?limit={limit}{cursor}").json_body
        assert len(page["items"]) <= limit
        items += page["items"]
        if page["nextCursor"] is None:
            return items
        cursor = f"&cursor={page['nextCursor']}"


def names(items: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(item["name"], item["owner"], item["version"]) for item in items]


def test_a_saved_template_is_returned(world: World) -> None:
    artist = world.as_user("usr_mara", "artist")
    saved = world.post(artist, "templates", template(), 201)
    assert saved["id"].startswith("tpl_")
    assert saved | {"id": ""} == {
        "id": "",
        "owner": "usr_mara",
        "name": "aftercare-first-day",
        "kind": "aftercare",
        "locale": "en",
        "version": 1,
        "status": "published",
        "variables": [{"name": "name", "type": "string", "required": True, "example": None}],
        "bodies": {
            "email": {"subject": "How are you?", "text": "Hello {{ name }}", "html": None},
            "sms": None,
            "push": None,
        },
        "createdAt": "2026-03-02T12:00:00Z",
        "problem": None,
    }


def test_saving_again_adds_a_version(world: World) -> None:
    artist = world.as_user("usr_mara", "artist")
    first = world.post(artist, "templates", template("One {{ name }}"), 201)
    second = world.post(artist, "templates", template("Two {{ name }}"), 201)
    german = world.post(artist, "templates", template(locale="de"), 201)
    assert [first["version"], second["version"], german["version"]] == [1, 2, 1]
    by_name = {"template": "aftercare-first-day", "variables": {"name": "Ada"}}
    world.post(artist, "email", by_name)
    world.post(artist, "email", {"templateId": first["id"], "variables": {"name": "Ada"}})
    assert [mail.text for mail in world.mails()] == ["Two Ada", "One Ada"]
    versions = [
        delivery.template.version
        for delivery in world.deliveries()
        if delivery.template is not None
    ]
    assert versions == [2, 1]


def test_a_concurrent_save_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    artist = world.as_user("usr_mara", "artist")
    before = template_store.list_newest(["usr_mara"])
    world.post(artist, "templates", template(), 201)
    monkeypatch.setattr(template_store, "list_newest", lambda *_: before)
    assert world.post(artist, "templates", template(), 409)["code"] == "template_changed"


def test_the_list_has_own_and_system_templates(world: World) -> None:
    mara, other = world.as_user("usr_mara", "artist"), world.as_user("usr_other", "artist")
    world.post(mara, "templates", template(), 201)
    world.post(mara, "templates", template(), 201)
    listed = list_all(mara)
    assert listed == sorted(listed, key=lambda item: (item["name"], item["locale"]))
    own = [name for name in names(listed) if name[1] != "system"]
    assert own == [("aftercare-first-day", "usr_mara", 2)]
    assert [name for name, owner, _ in names(listed) if owner == "system"] == SYSTEM_NAMES
    for person in (other, world.as_user("usr_client")):
        assert {owner for _, owner, _ in names(list_all(person))} == {"system"}


def test_the_list_is_paged_with_cursors_of_its_own(world: World) -> None:
    ada = world.as_user("usr_ada")
    assert [item["name"] for item in list_all(ada, limit=40)] == SYSTEM_NAMES
    first = ada.get("/v1/notifications/templates?limit=2").json_body
    cursor = f"&cursor={first['nextCursor']}"
    other = world.as_user("usr_other")
    for foreign in (
        other.get(f"/v1/notifications/templates?limit=2{cursor}"),
        ada.get("/v1/notifications/templates?cursor=abc"),
    ):
        assert foreign.status_code == 422
        assert foreign.json_body["errors"][0]["field"] == "query.cursor"


def test_an_artists_template_comes_before_the_systems(world: World) -> None:
    mara, other = world.as_user("usr_mara", "artist"), world.as_user("usr_other", "artist")
    own = template("Mine, {{ name }}", name="welcome", kind="custom")
    world.post(mara, "templates", own, 201)
    for artist in (mara, other):
        world.post(artist, "send", {"template": "welcome", "variables": {"name": "Ada"}})
    texts = [mail.text for mail in world.mails()]
    assert texts[0] == "Mine, Ada"
    assert texts[1].startswith("Hello Ada")


def test_an_admins_template_replaces_the_system_template(world: World) -> None:
    admin, ada = world.as_user("usr_root", "admin"), world.as_user("usr_ada")
    saved = world.post(admin, "templates", template(name="welcome", kind="custom"), 201)
    assert (saved["owner"], saved["version"]) == ("system", 1)
    listed = names([item for item in list_all(ada) if item["locale"] == "en"])
    assert ("welcome", "system", 1) in listed
    assert ("welcome", "system", 0) not in listed
    world.consume(
        "user.verified",
        {"userId": "usr_new", "email": "new@example.com", "name": "New", "role": "client"},
    )
    assert [mail.subject for mail in world.mails()] == ["How are you?"]


@pytest.mark.parametrize(
    ("requested", "expected"), [("de-AT", "de"), ("de", "de"), ("fr", "en"), (None, "en")]
)
def test_the_nearest_locale_is_used(world: World, requested: str | None, expected: str) -> None:
    mara = world.as_user("usr_mara", "artist")
    for locale in ("en", "de"):
        world.post(mara, "templates", template(locale, locale=locale), 201)
    body = {"template": "aftercare-first-day", "variables": {"name": "Ada"}, "locale": requested}
    world.post(mara, "email", body)
    assert [mail.text for mail in world.mails()] == [expected]


def test_a_foreign_template_cannot_be_used(world: World) -> None:
    mara, other = world.as_user("usr_mara", "artist"), world.as_user("usr_other", "artist")
    saved = world.post(mara, "templates", template(), 201)
    assert "body.templateId" in world.errors(other, "email", {"templateId": saved["id"]})
    assert "body.template" in world.errors(other, "email", {"template": "aftercare-first-day"})


def test_the_token_of_a_deleted_artist_saves_no_template(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = world.as_user("usr_mara", "artist")
    world.consume("user.deleted", {"userId": "usr_mara"})
    assert world.post(mara, "templates", template(), 401)["code"] == "session_ended"
    assert world.database.templates.count_documents({}) == 0
    # The account is deleted, and its templates with it, just before the template is saved.
    noa = world.as_user("usr_noa", "artist")
    add = template_store.add

    def delete_then_add(saved: Template) -> None:
        world.consume("user.deleted", {"userId": "usr_noa"})
        add(saved)

    monkeypatch.setattr(template_store, "add", delete_then_add)
    assert world.post(noa, "templates", template(), 401)["code"] == "session_ended"
    assert world.database.templates.count_documents({}) == 0


def test_the_number_of_templates_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MAX_TEMPLATES", 1)
    mara = world.as_user("usr_mara", "artist")
    world.post(mara, "templates", template(), 201)
    world.post(mara, "templates", template(), 201)
    answer = world.post(mara, "templates", template(name="another"), 409)
    assert answer["code"] == "too_many_templates"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bodies": {}}, "body.bodies"),
        (mail(subject="{{ x"), "body.bodies.email.subject"),
        (mail(text="{{ y }}"), "body.bodies.email.text"),
        (mail(html="{% if %}"), "body.bodies.email.html"),
        ({"bodies": {"sms": {"text": "{% for a in b %}{% endfor %}"}}}, "body.bodies.sms.text"),
        ({"bodies": {"push": {"title": "x", "body": "{{ 1 | no }}"}}}, "body.bodies.push.body"),
        ({"bodies": {"sms": {"text": "x", "title": "x"}}}, "body.bodies.sms.title"),
        ({"kind": "other"}, "body.kind"),
        ({"name": "Not A Name"}, "body.name"),
        ({"locale": "english"}, "body.locale"),
        ({"variables": [NAME | {"name": "1"}]}, "body.variables[0].name"),
        ({"variables": [NAME | {"type": "list"}]}, "body.variables[0].type"),
        ({"variables": [NAME | {"example": 7}]}, "body.variables[0].example"),
        ({"variables": [NAME, NAME]}, "body.variables[1].name"),
        ({"variables": [NAME | {"example": 10**40}]}, "body.variables[0].example"),
        ({"owner": "system"}, "body.owner"),
        ({"version": 7}, "body.version"),
    ],
)
def test_a_wrong_template_is_not_saved(world: World, changes: dict[str, Any], field: str) -> None:
    errors = world.errors(world.as_user("usr_mara", "artist"), "templates", template(**changes))
    assert list(errors) == [field]
    assert world.database.templates.count_documents({}) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"variables": []} | mail(), "body.variables"),
        ({"variables": [NAME | {"type": "number"}]}, "body.variables"),
        ({"variables": [NAME, NAME | {"name": "more"}]}, "body.variables"),
        ({"bodies": {"sms": {"text": "Hello {{ name }}"}}}, "body.bodies.email"),
    ],
)
def test_a_replacement_must_fit_the_system_template(
    world: World, changes: dict[str, Any], field: str
) -> None:
    body = template(name="welcome") | changes
    for person in (world.as_user("usr_root", "admin"), world.as_user("usr_mara", "artist")):
        assert world.errors(person, "templates", body).keys() == {field}
    optional = [NAME, NAME | {"name": "more", "required": False}]
    world.post(person, "templates", template(name="welcome", variables=optional), 201)


def test_a_client_cannot_create_templates(world: World) -> None:
    assert world.post(world.as_user("usr_ada"), "templates", template(), 403)

"""Versions of templates: drafts, publishing, rolling back, previews and test messages."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from notifications.store import templates as template_store
from notifications.use_cases import templates
from shared.data import idempotency_store
from shared.http import idempotency
from tests.functional.notifications.test_templates import list_all, template
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

PATH = "/v1/notifications/templates"


def save(world: World, person: ApiClient, text: str, **changes: Any) -> str:
    return str(world.post(person, "templates", template(text, **changes), 201)["id"])


def publish(person: ApiClient, template_id: str) -> int:
    return person.post(f"{PATH}/{template_id}/publish").status_code


def roll_back(person: ApiClient, template_id: str) -> int:
    return person.post(f"{PATH}/{template_id}/rollback").status_code


def used(world: World, person: ApiClient) -> str:
    """Return the text that is sent by the name of the template."""
    by_name = {"template": "aftercare-first-day", "variables": {"name": "Ada"}}
    world.post(person, "email", by_name)
    return world.mails()[-1].text


def statuses(person: ApiClient, template_id: str) -> dict[int, str]:
    answer = person.get(f"{PATH}/{template_id}/versions").json_body
    return {item["version"]: item["status"] for item in answer["items"]}


def test_a_draft_is_used_once_it_is_published(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    first = save(world, mara, "One")
    draft = save(world, mara, "Two", draft=True)
    assert used(world, mara) == "One"
    assert statuses(mara, first) == {2: "draft", 1: "published"}
    assert mara.get(f"{PATH}/{draft}").json_body["status"] == "draft"
    assert "body.templateId" in world.errors(mara, "email", {"templateId": draft})
    assert publish(mara, draft) == publish(mara, draft) == 200
    assert used(world, mara) == "Two"
    assert statuses(mara, draft) == {2: "published", 1: "superseded"}


def test_a_version_is_rolled_back_to_the_one_before(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    ids = [save(world, mara, text) for text in ("One", "Two", "Three")]
    assert roll_back(mara, ids[1]) == 409  # it is not the published one
    assert roll_back(mara, ids[2]) == 200
    assert used(world, mara) == "Two"
    assert roll_back(mara, ids[2]) == 409
    assert publish(mara, ids[0]) == 200
    assert used(world, mara) == "One"
    assert roll_back(mara, ids[0]) == 200
    assert used(world, mara) == "Two"
    assert statuses(mara, ids[0]) == {3: "draft", 2: "published", 1: "draft"}
    assert save(world, mara, "Four")
    assert used(world, mara) == "Four"


def test_without_a_version_the_systems_is_used_again(world: World) -> None:
    mara, admin = world.as_user("usr_mara", "artist"), world.as_user("usr_root", "admin")
    for person in (mara, admin):
        own = world.post(person, "templates", template("Mine", name="welcome"), 201)["id"]
        assert roll_back(person, own) == 200
    world.post(mara, "email", {"template": "welcome", "variables": {"name": "Ada"}})
    assert world.mails()[-1].text.startswith("Hello Ada")
    shipped = mara.get(f"{PATH}/tpl_system_welcome").json_body
    assert (shipped["status"], shipped["version"]) == ("published", 0)
    assert statuses(admin, "tpl_system_welcome") == {1: "draft", 0: "published"}
    assert statuses(mara, "tpl_system_welcome") == {0: "published"}


def test_versions_from_before_there_were_drafts_are_published(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    first, second = save(world, mara, "One"), save(world, mara, "Two")
    world.database.templates.update_many({}, {"$unset": {"publication": ""}})
    assert used(world, mara) == "Two"
    assert roll_back(mara, second) == 200
    assert used(world, mara) == "One"
    assert publish(mara, second) == 200
    assert used(world, mara) == "Two"
    assert roll_back(mara, first) == 409


def test_of_two_publications_at_once_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = world.as_user("usr_mara", "artist")
    one, two = (save(world, mara, text, draft=True) for text in ("One", "Two"))
    write = template_store.publish

    def publish_meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(template_store, "publish", write)
        assert publish(mara, two) == 200
        write(*arguments)

    monkeypatch.setattr(template_store, "publish", publish_meanwhile)
    answer = mara.post(f"{PATH}/{one}/publish")
    assert (answer.status_code, answer.json_body["code"]) == (409, "template_changed")
    assert used(world, mara) == "Two"


def test_of_two_rollbacks_at_once_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = world.as_user("usr_mara", "artist")
    ids = [save(world, mara, text) for text in ("One", "Two", "Three")]
    write = template_store.withdraw

    def roll_back_meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(template_store, "withdraw", write)
        assert roll_back(mara, ids[2]) == 200
        write(*arguments)

    monkeypatch.setattr(template_store, "withdraw", roll_back_meanwhile)
    assert roll_back(mara, ids[2]) == 409
    assert used(world, mara) == "Two"


def test_a_foreign_template_is_not_found(world: World) -> None:
    mara, other = world.as_user("usr_mara", "artist"), world.as_user("usr_other", "artist")
    saved = save(world, mara, "One")
    admins = save(world, world.as_user("usr_root", "admin"), "Two", draft=True)
    for template_id in (saved, admins, "tpl_none"):
        assert publish(other, template_id) == roll_back(other, template_id) == 404
        assert other.get(f"{PATH}/{template_id}").status_code == 404
        assert other.get(f"{PATH}/{template_id}/versions").status_code == 404
        assert other.post(f"{PATH}/{template_id}/test", json={}).status_code == 404
        preview = other.post(f"{PATH}/preview", json={"templateId": template_id})
        assert preview.status_code == 404
    assert publish(mara, "tpl_system_welcome") == 404
    assert all(item["owner"] == "system" for item in list_all(other))
    assert admins not in {item["id"] for item in list_all(other)}


def test_versions_are_paged(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    ids = [save(world, mara, str(number)) for number in range(3)]
    first = mara.get(f"{PATH}/{ids[0]}/versions?limit=2").json_body
    assert [item["version"] for item in first["items"]] == [3, 2]
    rest = mara.get(f"{PATH}/{ids[0]}/versions?limit=2&cursor={first['nextCursor']}").json_body
    assert [item["version"] for item in rest["items"]] == [1]
    assert rest["nextCursor"] is None


# ---- previews ----------------------------------------------------------------------------------

BODIES = {
    "email": {"subject": "Hi {{ name }}", "html": "<h1>Hi</h1><p>Bring <b>{{ name }}</b></p>"},
    "sms": {"text": "Grüße, {{ name }} {{ at | date: '%A' }}"},
    "push": {"title": "Hi", "body": "{{ name }}"},
}
VARIABLES = [
    {"name": "name", "type": "string", "example": "Robin"},
    {"name": "at", "type": "date", "example": "2030-01-31T14:30:00Z"},
]


def test_bodies_are_previewed_before_they_are_saved(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    body = {"bodies": BODIES, "variables": VARIABLES, "locale": "de"}
    shown = world.post(mara, "templates/preview", body, 200)
    assert shown["email"]["subject"] == "Hi Robin"
    assert shown["email"]["text"] == "Hi\n\nBring Robin"
    assert "<p>Bring <b>Robin</b></p>" in shown["email"]["html"]
    assert shown["sms"] == {
        "text": "Grüße, Robin Donnerstag",
        "size": {"encoding": "gsm-7", "units": 23, "segments": 1},
    }
    assert shown["push"] == {"title": "Hi", "body": "Robin"}
    given = world.post(mara, "templates/preview", body | {"values": {"name": "✂" * 80}}, 200)
    assert given["sms"]["size"]["segments"] == 2
    assert world.deliveries() == []
    assert world.database.templates.count_documents({}) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.bodies"),
        ({"templateId": "tpl_system_welcome", "bodies": BODIES}, "body.templateId"),
        ({"bodies": {"sms": {"text": "{{ x }}"}}}, "body.bodies.sms.text"),
        ({"bodies": {"email": {"subject": "x"}}}, "body.bodies.email"),
        ({"templateId": "tpl_system_welcome", "values": {"nam": "x"}}, "body.values.nam"),
        ({"templateId": "tpl_system_welcome", "values": {"name": 7}}, "body.values.name"),
    ],
)
def test_a_wrong_preview_names_its_fields(world: World, body: dict[str, Any], field: str) -> None:
    assert field in world.errors(world.as_user("usr_mara", "artist"), "templates/preview", body)


def test_a_test_message_goes_to_its_author_only(world: World) -> None:
    mara = world.as_user("usr_mara", "artist")
    world.add_contact("usr_mara", phone="+61491570156")
    saved = save(world, mara, "x", bodies=BODIES, variables=VARIABLES, draft=True)
    accepted = world.post(mara, f"templates/{saved}/test", {"channels": ["email", "sms"]})
    assert accepted["statusUrl"].endswith(accepted["id"])
    deliveries = world.deliveries(accepted["id"])
    assert {delivery.address for delivery in deliveries} == {"mara@example.com", "+61491570156"}
    assert world.mails()[0].subject == "Test: Hi Robin"
    for foreign in ({"userId": "usr_ada"}, {"to": "ada@example.com"}):
        assert world.errors(mara, f"templates/{saved}/test", foreign)
    lonely = world.as_user("usr_ada", "artist")
    answer = world.post(lonely, "templates/tpl_system_welcome/test", {"channels": ["push"]}, 409)
    assert answer["code"] == "unreachable"


def test_only_writers_publish_preview_and_try(world: World) -> None:
    client = world.as_user("usr_ada")
    for path in ("preview", "tpl_1/publish", "tpl_1/rollback", "tpl_1/test"):
        assert client.post(f"{PATH}/{path}", json={}).status_code == 403


def test_a_draft_of_the_system_is_for_admins_only(world: World) -> None:
    admin, mara = world.as_user("usr_root", "admin"), world.as_user("usr_mara", "artist")
    draft = save(world, admin, "x", name="welcome", draft=True)
    assert admin.get(f"{PATH}/{draft}").status_code == 200
    assert mara.get(f"{PATH}/{draft}").status_code == 404


def test_a_template_whose_response_was_lost_is_saved_once(world: World) -> None:
    mara = world.as_user("usr_mara", "artist").with_headers({"idempotency-key": "one"})
    killed = mock.patch.object(idempotency_store, "save_response", side_effect=KeyboardInterrupt)
    over = mock.patch.object(idempotency, "CLAIM_LIFETIME", timedelta(0))
    with killed, over, pytest.raises(KeyboardInterrupt):
        mara.post(PATH, json=template("One"))
    assert statuses(mara, save(world, mara, "One")) == {1: "published"}


def test_the_newest_versions_and_the_published_one_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MAX_VERSIONS", 2)
    mara = world.as_user("usr_mara", "artist")
    first = save(world, mara, "One")
    for text in ("Two", "Three", "Four"):
        save(world, mara, text, draft=True)
    assert statuses(mara, first) == {4: "draft", 3: "draft", 1: "published"}
    assert used(world, mara) == "One"
    save(world, mara, "Five")
    assert mara.get(f"{PATH}/{first}").status_code == 404
    assert used(world, mara) == "Five"

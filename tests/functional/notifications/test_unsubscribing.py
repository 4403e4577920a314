"""Links to unsubscribe from the mails of a category (RFC 8058)."""

import re
from typing import Any

import pytest

from notifications.models import Delivery, DeliveryStatus, EmailContent
from notifications.use_cases import unsubscribing
from shared.platform import config
from tests.functional.notifications.world import World, put_secret
from tests.support.gateway import ApiClient

API = "https://api.artistbooking.example"
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}
BODIES = {"email": {"subject": "20% off", "text": "Only today.", "html": "<p>Only today.</p>"}}
Kind = str


def template(name: str, kind: Kind) -> dict[str, Any]:
    return {"name": name, "kind": kind, "locale": "en", "variables": [], "bodies": BODIES}


@pytest.fixture
def people(world: World) -> World:
    """A world with a user, and a template of each kind."""
    world.add_contact("usr_ada")
    artist = world.as_user("usr_ink", "artist")
    for kind in ("promotional", "birthday", "aftercare", "reminder", "custom"):
        world.post(artist, "templates", template(f"own-{kind}", kind), 201)
    world.database.acquaintances.insert_one(
        {"_id": "usr_ink usr_ada", "artistId": "usr_ink", "clientId": "usr_ada"}
    )
    return world


def send(world: World, kind: Kind = "promotional") -> Delivery:
    """Let the artist send a mail to the user, and return its delivery."""
    body = {"userId": "usr_ada", "template": f"own-{kind}"}
    sent = world.post(world.as_user("usr_ink", "artist"), "email", body)
    return world.delivery(sent["id"])


def link_of(delivery: Delivery) -> str:
    assert isinstance(delivery.content, EmailContent)
    assert delivery.content.unsubscribe_url is not None
    return delivery.content.unsubscribe_url


def path_of(delivery: Delivery) -> str:
    return link_of(delivery).removeprefix(API)


def post(world: World, path: str, body: bytes = ONE_CLICK, **headers: str) -> tuple[int, str]:
    """Post without a key or a token, as mail programs do."""
    answer = world.as_nobody().post(path, body=body, headers=FORM | headers)
    return answer.status_code, answer.body.decode()


def wants(world: World, category: str) -> Any:
    shown = world.as_user("usr_ada").get("/v1/notifications/preferences").json_body
    return shown["applying"][category]["email"]


def test_a_mail_of_a_marketing_category_carries_the_headers_and_a_link(people: World) -> None:
    delivery = send(people)
    link = link_of(delivery)
    assert people.work("email") == 0
    (mail,) = people.messages("email")
    assert mail["headers"]["list-unsubscribe"] == f"<{link}>"
    assert mail["headers"]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail["text"].rstrip().endswith(f"Unsubscribe: {link}")
    assert f'<a href="{link}">Unsubscribe</a>' in mail["html"]
    assert link.startswith(f"{API}/v1/notifications/unsubscribe/")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("promotional", True),
        ("birthday", True),
        ("aftercare", False),
        ("reminder", False),
        ("custom", False),
    ],
)
def test_only_marketing_mails_carry_it(people: World, kind: Kind, expected: bool) -> None:
    content = send(people, kind).content
    assert isinstance(content, EmailContent)
    assert (content.unsubscribe_url is not None) is expected


def test_one_click_is_effective_for_the_next_mail(people: World) -> None:
    status, page = post(people, path_of(send(people)))
    assert status == 200
    assert '<p role="status"><strong>Offers and greetings: You do not get these mails.' in page
    assert wants(people, "marketing") == "off"
    assert wants(people, "review") == "on"
    after = send(people)
    assert (after.status, after.reason) == (DeliveryStatus.SUPPRESSED, "opted_out")
    assert send(people, "reminder").status is DeliveryStatus.QUEUED


def test_what_waits_when_its_recipient_unsubscribes_is_not_sent(people: World) -> None:
    first, waiting = send(people), send(people)
    post(people, path_of(first))
    people.work("email")
    ended = people.delivery(waiting.notification_id)
    assert (ended.status, ended.reason) == (DeliveryStatus.SUPPRESSED, "opted_out")
    assert people.messages("email") == []


def test_mail_programs_may_send_multipart(people: World) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
    )
    path = path_of(send(people))
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert people.as_nobody().post(path, body=body, headers=headers).status_code == 200
    assert wants(people, "marketing") == "off"


def test_a_get_shows_a_page_and_changes_nothing(people: World) -> None:
    answer = people.as_nobody().get(path_of(send(people)))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    page = answer.body.decode()
    assert '<html lang="en">' in page
    assert re.findall(r'name="category" value="(\w+)"', page) == [
        "marketing",
        "aftercare",
        "review",
    ]
    assert page.count('<button name="choice" value="off"') == 3
    assert wants(people, "marketing") == "on"


def test_the_page_turns_each_category_off_and_on_again(people: World) -> None:
    path = path_of(send(people))
    for choice in ("off", "on"):
        status, page = post(people, path, f"category=review&choice={choice}".encode())
        assert status == 200
        assert f'value="{"on" if choice == "off" else "off"}" aria-describedby="review"' in page
        assert wants(people, "review") == choice
    post(people, path)
    assert wants(people, "marketing") == "off"
    post(people, path, b"category=marketing&choice=on")
    assert send(people).status is DeliveryStatus.QUEUED


def test_the_page_speaks_the_language_of_its_reader(people: World) -> None:
    ada = people.as_user("usr_ada")
    assert ada.put("/v1/notifications/preferences", json={"locale": "de-AT"}).status_code == 200
    delivery = send(people)
    assert isinstance(delivery.content, EmailContent)
    assert "Abbestellen: " in delivery.content.text
    page = people.as_nobody().get(path_of(delivery)).body.decode()
    assert '<html lang="de">' in page
    assert ">Abbestellen</button>" in page


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"category=booking&choice=off",
        b"category=security&choice=off",
        b"category=review&choice=fallback",
        b"List-Unsubscribe=Two-Clicks",
    ],
)
def test_another_form_changes_nothing(people: World, body: bytes) -> None:
    before = people.as_user("usr_ada").get("/v1/notifications/preferences").json_body
    assert post(people, path_of(send(people)), body)[0] == 422
    assert people.as_user("usr_ada").get("/v1/notifications/preferences").json_body == before


def test_nobody_can_make_or_change_a_link(people: World) -> None:
    path = path_of(send(people))
    forged = [path[:-1] + ("A" if path[-1] != "A" else "B"), f"{unsubscribing.PATH}/none"]
    for wrong in forged:
        assert post(people, wrong)[0] == 404
        assert people.as_nobody().get(wrong).status_code == 404
    put_secret("unsubscribe-links", {"KEY": "another"})
    config.forget()
    assert post(people, path)[0] == 404
    assert wants(people, "marketing") == "on"


def test_the_link_of_a_deleted_user_brings_nothing_back(people: World) -> None:
    path = path_of(send(people))
    people.consume("user.deleted", {"userId": "usr_ada"})
    assert post(people, path)[0] == 404
    assert "preferences" not in people.find_document("contacts", {"_id": "usr_ada"})


def test_an_address_without_an_account_can_unsubscribe(people: World) -> None:
    admin = people.as_user("usr_root", "admin")
    people.post(admin, "templates", template("ad", "promotional"), 201)
    sent = people.post(admin, "email", {"to": "Eve@example.com", "template": "ad"})
    assert post(people, path_of(people.delivery(sent["id"])))[0] == 200
    sent = people.post(admin, "email", {"to": "eve@example.com", "template": "ad"})
    assert people.delivery(sent["id"]).reason == "opted_out"
    assert "eve@" not in str(list(people.database.contacts.find()))


@pytest.mark.parametrize("missing", ["api", "unsubscribe-links"])
def test_no_advertising_is_sent_that_nobody_could_unsubscribe_from(
    people: World, missing: str
) -> None:
    put_secret(missing, {})
    config.forget()
    delivery = send(people)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "no_unsubscribe_link")
    assert send(people, "reminder").status is DeliveryStatus.QUEUED
    assert client_status(people.as_nobody()) == 404


def client_status(nobody: ApiClient) -> int:
    return nobody.get(f"{unsubscribing.PATH}/none").status_code


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM["content-type"], b"&".join([b"choice=off"] * 20)),
        (
            "multipart/form-data; boundary=b0",
            b"--b0\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
        ),
    ],
)
def test_a_hostile_form_is_refused(people: World, content_type: str, body: bytes) -> None:
    path = path_of(send(people))
    status, _ = post(people, path, body, **{"content-type": content_type})
    assert status == 422


def test_the_link_of_a_deleted_account_leaves_nothing_that_stays(people: World) -> None:
    path = path_of(send(people))
    people.database.contacts.delete_one({"_id": "usr_ada"})  # its tombstone, after 90 days
    assert post(people, path)[0] == 200
    assert people.find_document("contacts", {"_id": "usr_ada"})["expiresAt"] > people.now


def test_it_holds_when_an_admin_writes_to_the_address(people: World) -> None:
    admin = people.as_user("usr_root", "admin")
    people.post(admin, "templates", template("offer", "promotional"), 201)
    post(people, path_of(send(people)))
    sent = people.post(admin, "email", {"to": "Ada@example.com", "template": "offer"})
    assert people.delivery(sent["id"]).reason == "opted_out"

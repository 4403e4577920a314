"""The brand of an artist in the frame of mails."""

from tests.functional.notifications import event_data
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.world import World

PATH = "/v1/notifications/brand"
BRAND = {"name": "Studio Voss", "color": "#0F766E", "footer": "1 Main Street\nvisit evil.example/x"}
CANCELLED = appointment(status="cancelled", by="artist", reason="", recordVersion=2)


def test_a_brand_is_saved_and_replaced(world: World) -> None:
    mara = world.as_user(ARTIST, "artist")
    nothing = {"name": None, "color": None, "footer": None}
    assert mara.get(PATH).json_body == nothing
    saved = mara.put(PATH, json=BRAND)
    assert saved.json_body == BRAND | {"color": "#0f766e"}
    assert mara.put(PATH, json={"name": "Voss", "color": "#000000"}).status_code == 200
    assert mara.get(PATH).json_body == nothing | {"name": "Voss", "color": "#000000"}
    assert world.as_user("usr_other", "artist").get(PATH).json_body == nothing
    assert world.as_user(CLIENT).get(PATH).status_code == 403


def test_white_can_be_read_on_its_colour(world: World) -> None:
    mara = world.as_user(ARTIST, "artist")
    answer = mara.put(PATH, json=BRAND | {"color": "#ffcc00"})
    assert answer.status_code == 422
    (error,) = answer.json_body["errors"]
    assert error["field"] == "body.color"
    darker = error["message"].partition("; ")[2].partition(" ")[0]
    assert mara.put(PATH, json=BRAND | {"color": darker}).status_code == 200


def test_mails_of_the_artist_carry_it(world: World) -> None:
    world.add_contact(ARTIST, name="Mara")
    world.add_contact(CLIENT, name="Ada")
    world.as_user(ARTIST, "artist").put(PATH, json=BRAND)
    world.consume("appointment.cancelled", CANCELLED)
    mail = event_data.mail(world, CLIENT)
    assert mail.html is not None
    assert "background: #0f766e; color: #ffffff" in mail.html
    assert mail.html.index(">Studio Voss</div>") < mail.html.index("<main>")
    assert mail.html.index("1 Main Street<br>") > mail.html.index("</main>")
    assert "evil.example/x" not in mail.html + mail.text
    assert mail.text.endswith("-- \nStudio Voss\n1 Main Street\nvisit ...")
    assert "Studio Voss" not in event_data.mail(world, ARTIST).text  # it is for clients


def test_previews_show_it_and_other_artists_do_not_have_it(world: World) -> None:
    mara, other = world.as_user(ARTIST, "artist"), world.as_user("usr_other", "artist")
    mara.put(PATH, json=BRAND)
    body = {"templateId": "tpl_system_welcome"}
    shown = world.post(mara, "templates/preview", body, 200)
    assert "Studio Voss" in shown["email"]["html"]
    foreign = world.post(other, "templates/preview", body, 200)
    assert "Studio Voss" not in foreign["email"]["html"]


def test_a_deleted_artist_leaves_no_brand(world: World) -> None:
    mara = world.as_user(ARTIST, "artist")
    mara.put(PATH, json=BRAND)
    world.consume("user.deleted", {"userId": ARTIST})
    assert world.database.brands.count_documents({}) == 0
    assert mara.put(PATH, json=BRAND).status_code == 401
    assert world.database.brands.count_documents({}) == 0

"""What an artist shows and asks, in a real browser: portfolio, page, questions to clients."""

from typing import Any

from tests.functional.files import samples
from tests.support.api import eventually
from tests.support.web import Studio, expect_count, fits, see, signed_in


def test_an_artist_fills_their_page(studio: Studio, opened: Any) -> None:
    artist = studio.artist
    page = signed_in(opened(width=390), artist, "/studio/portfolio")
    for caption, content in (("Fern", samples.image()), ("Moss", samples.image(size=(480, 640)))):
        page.get_by_role("button", name="Add a work").click()
        dialog = page.get_by_role("dialog")
        file = {"name": f"{caption}.jpg", "mimeType": "image/jpeg", "buffer": content}
        dialog.locator("input[type=file]").set_input_files([file])
        dialog.get_by_label("Caption").fill(caption)
        dialog.get_by_role("button", name="Save").click()
        page.get_by_role("button", name=f"Edit {caption}").wait_for()
        expect_count(dialog, 0)
    page.get_by_role("button", name="Move Fern forward").click()
    see(page.locator(".own-works li").first, "Fern")
    page.get_by_role("button", name="Edit Moss").click()
    page.get_by_label("Photographed").select_option("Healed")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect_count(page.get_by_role("dialog"), 0)
    page.get_by_role("button", name="Add an album").click()
    page.get_by_label("Name").fill("Green")
    page.get_by_role("dialog").get_by_label("Moss").check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    see(page.locator(".setting-row"), "Green")
    fits(page)
    works = artist.api.get("/v1/profiles/me/portfolio").json()["items"]
    assert [(each["caption"], each["state"]) for each in works] == [
        ("Fern", None),
        ("Moss", "healed"),
    ]
    [album] = artist.api.get("/v1/profiles/me/albums").json()["items"]
    assert (album["name"], album["items"], album["public"]) == ("Green", 1, True)

    page.goto("/studio/page")
    page.get_by_label("About you").fill("Ferns and moss.")
    page.get_by_label("Styles").fill(f"{studio.style}, Fine Line")
    page.get_by_label("Books are open").uncheck()
    page.get_by_role("button", name="Save").click()
    see(page.locator(".toast"), "Saved.")
    fits(page)
    own = artist.api.get("/v1/profiles/me/page").json()["page"]
    assert (own["bio"], own["booksOpen"]) == ("Ferns and moss.", False)
    assert own["styles"] == [studio.style, "fine-line"]

    page.get_by_role("link", name="See the page").click()
    page.get_by_text("Books are closed").wait_for()


def test_an_artist_asks_clients_what_they_need_to_know(studio: Studio, opened: Any) -> None:
    page = signed_in(opened(), studio.artist, "/studio/intake")
    for label, answer, options in (
        ("Is it a cover-up?", "Yes or no", ""),
        ("How large?", "One of several", "A palm\nA hand\n"),
    ):
        page.get_by_role("button", name="Add a question").click()
        page.get_by_role("textbox", name="Question").fill(label)
        page.get_by_label("Answer", exact=True).select_option(answer)
        page.get_by_label("Options").fill(options)
        if options:
            page.get_by_label("Asked").select_option("If “Is it a cover-up?” is no")
        page.get_by_role("button", name="Take over").click()
        see(page.locator("h2"), label)
    page.get_by_role("button", name="Save the questions").click()
    see(page.locator(".toast"), "Saved.")

    def questions() -> list[dict[str, Any]]:
        path = f"/v1/consultations/intake?artistId={studio.artist.id}"
        found: list[dict[str, Any]] = studio.artist.api.get(path).json()["questions"]
        return found

    first, second = eventually(questions, "the questions")
    assert (first["key"], first["type"]) == ("is_it_a_cover_up", "yes_no")
    assert second["options"] == ["A palm", "A hand"]
    assert second["shownIf"] == {"question": "is_it_a_cover_up", "oneOf": [False]}
    page.get_by_role("button", name="Delete Is it a cover-up?").click()
    page.get_by_text("Your changes are not saved yet.").wait_for()
    expect_count(page.locator(".questions li"), 1)

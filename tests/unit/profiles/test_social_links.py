"""Links to an artist's pages at networks."""

import pytest

from domain.errors import InvalidFields
from profiles.models.artist_pages import Socials
from profiles.rules import social_links


@pytest.mark.parametrize(
    ("name", "url", "stored"),
    [
        ("instagram", "https://www.instagram.com/mara.voss/?igsh=abc#x", "/mara.voss/"),
        ("instagram", "https://m.instagram.com/mara", "/mara"),
        ("facebook", "https://facebook.com/MaraVoss", "/MaraVoss"),
        ("facebook", "https://www.facebook.com/profile.php?id=123&x=1", "/profile.php?id=123"),
        (
            "facebook",
            "https://facebook.com/people/Mara-Voss/1012/",
            "/people/Mara-Voss/1012/",
        ),
        ("tiktok", "https://www.tiktok.com/@maravoss?lang=en", "/@maravoss"),
        ("youtube", "https://www.youtube.com/channel/UC123-_x", "/channel/UC123-_x"),
        ("youtube", "https://m.youtube.com/@maravoss", "/@maravoss"),
        ("website", "https://voss.example/?a=b", "/?a=b"),
    ],
)
def test_a_page_of_the_network_is_kept_without_its_query(name: str, url: str, stored: str) -> None:
    links = social_links.normalize(Socials(**{name: url}), "body.socials")
    host = url.split("/")[2]
    assert links == Socials(**{name: f"https://{host}{stored}"})


@pytest.mark.parametrize(
    ("name", "url"),
    [
        *(("instagram", f"https://{rest}") for rest in ("instagram.com.evil.example/mara",)),
        *(("instagram", f"https://www.instagram.com/{rest}") for rest in ("", "p/C9x/", "explore")),
        ("instagram", "https://l.instagram.com/mara"),
        ("instagram", "https://www.instagram.com:8443/mara"),
        ("instagram", "https://www.facebook.com/mara"),
        ("facebook", "https://www.facebook.com/l.php?u=https://evil.example"),
        ("facebook", "https://www.facebook.com/sharer/1"),
        ("facebook", "https://www.facebook.com/profile.php"),
        ("tiktok", "https://vm.tiktok.com/@mara"),
        ("tiktok", "https://www.tiktok.com/mara"),
        ("youtube", "https://www.youtube.com/redirect?q=https://evil.example"),
        ("youtube", "https://youtu.be/@mara"),
    ],
)
def test_a_link_elsewhere_is_refused(name: str, url: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        social_links.normalize(Socials(**{name: url}), "body.socials")
    assert [error.field for error in caught.value.errors] == [f"body.socials.{name}"]

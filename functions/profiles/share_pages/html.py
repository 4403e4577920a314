"""The HTML of a share page.

Open Graph: https://ogp.me. Cards of X: https://developer.x.com/en/docs/x-for-websites/cards.
"""

import base64
import hashlib
import string
from collections.abc import Iterator, Mapping
from html import escape

from domain.money import format_money
from profiles.share_pages import structured_data
from profiles.share_pages.content import SharedPicture, SharedService, SharePage

SITE = "Artist Booking"
_STYLE = """
body { margin: 0; padding: 24px; background: #f5f5f4; color: #1c1917; font: 16px/1.5 sans-serif; }
main { max-width: 560px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 12px; }
h1 { font-size: 1.5rem; margin-top: 0; }
ul { list-style: none; padding: 0; }
li { padding: 12px 0; border-top: 1px solid #d6d3d1; }
a { color: #0f766e; display: inline-block; min-height: 24px; }
a:focus-visible { outline: 3px solid #1c1917; outline-offset: 2px; }
"""
# Nothing is loaded, nothing runs and nothing is sent. The structured data is no script: browsers
# keep elements of another type as data.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
_PAGE = string.Template("""\
<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
$head
<style>$style</style>
</head>
<body><main>
$content
</main></body>
</html>
""")
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "with": "with {}",
        "rating": "{} of 5 from {} reviews",
        "services": "Services",
        "book": "Book {}",
        "minutes": "{} minutes",
        "sittings": "{} sittings",
        "request": "on request",
        "closed": "The books are closed at the moment.",
        "works": "Works",
        "picture": "Picture",
        "page": "See works, reviews and free times",
    },
    "de": {
        "with": "mit {}",
        "rating": "{} von 5 aus {} Bewertungen",
        "services": "Leistungen",
        "book": "{} buchen",
        "minutes": "{} Minuten",
        "sittings": "{} Sitzungen",
        "request": "auf Anfrage",
        "closed": "Die Bücher sind zurzeit geschlossen.",
        "works": "Arbeiten",
        "picture": "Bild",
        "page": "Arbeiten, Bewertungen und freie Zeiten ansehen",
    },
}
_LOCALES = {"en": "en_US", "de": "de_DE"}


def render(page: SharePage) -> str:
    """Render the page, in the first language of the artist that it is written in."""
    spoken = (tag.partition("-")[0] for tag in page.details.languages)
    language = next((each for each in spoken if each in _TEXTS), "en")
    return _PAGE.substitute(
        language=language,
        title=escape(f"{page.title} · {SITE}"),
        head="\n".join(_list_head(page, language)),
        style=_STYLE,
        content="\n".join(_list_content(page, _TEXTS[language])),
    )


def render_missing() -> str:
    """Render the page that there is for an artist who cannot be found."""
    return _PAGE.substitute(
        language="en",
        title=f"Page not found · {SITE}",
        head='<meta name="robots" content="noindex">',
        style=_STYLE,
        content="<h1>Page not found</h1>\n<p>There is no artist at this address.</p>",
    )


def _list_head(page: SharePage, language: str) -> Iterator[str]:
    picture = page.picture_url
    if page.url:
        yield f'<link rel="canonical" href="{escape(page.url)}">'
    properties = {
        "og:type": "website",
        "og:site_name": SITE,
        "og:locale": _LOCALES[language],
        "og:title": page.title,
        "og:description": page.description,
        "og:url": page.url,
        "og:image": picture,
        "og:image:alt": page.picture_alt if picture else None,
    }
    names = {
        "description": page.description,
        "robots": "max-image-preview:large",
        "twitter:card": "summary_large_image" if picture else "summary",
        "twitter:title": page.title,
        "twitter:description": page.description,
        "twitter:image": picture,
        "twitter:image:alt": page.picture_alt if picture else None,
    }
    for attribute, values in (("property", properties), ("name", names)):
        for name, value in values.items():
            if value:
                yield f'<meta {attribute}="{name}" content="{escape(value)}">'
    yield f'<script type="application/ld+json">{structured_data.write(page)}</script>'


def _list_content(page: SharePage, texts: Mapping[str, str]) -> Iterator[str]:
    details = page.details
    yield f"<h1>{escape(page.title)}</h1>"
    if page.name != page.title:
        yield f"<p>{escape(texts['with'].format(page.name))}</p>"
    place = ", ".join(filter(None, (details.address, details.city)))
    if place:
        yield f"<p>{escape(place)}</p>"
    if page.rating.average is not None:
        yield f"<p>{escape(texts['rating'].format(page.rating.average, page.rating.count))}</p>"
    if page.description:
        yield f"<p>{escape(details.bio or page.description)}</p>"
    if page.artist_url:
        yield f'<p><a href="{escape(page.artist_url)}">{escape(texts["page"])}</a></p>'
    if not details.books_open:
        yield f"<p>{escape(texts['closed'])}</p>"
    if page.pictures:
        works = "\n".join(_write_picture(each, texts) for each in page.pictures)
        yield f"<h2>{escape(texts['works'])}</h2>\n<ul>\n{works}\n</ul>"
    if page.services:
        items = "\n".join(_write_service(service, texts) for service in page.services)
        yield f"<h2>{escape(texts['services'])}</h2>\n<ul>\n{items}\n</ul>"


def _write_picture(picture: SharedPicture, texts: Mapping[str, str]) -> str:
    caption = picture.caption or picture.alt_text or texts["picture"]
    return f'<li><a href="{escape(picture.url)}">{escape(caption)}</a></li>'


def _write_service(shared: SharedService, texts: Mapping[str, str]) -> str:
    service = shared.service
    described = [
        format_money(service.total.amount, service.total.currency),
        texts["minutes"].format(service.duration_minutes),
        texts["sittings"].format(service.sittings) if service.sittings > 1 else "",
        texts["request"] if service.mode == "request" else "",
    ]
    name = escape(service.name)
    if shared.booking_url:
        link = escape(texts["book"].format(service.name))
        name = f'<a href="{escape(shared.booking_url)}">{link}</a>'
    return f"<li>{name}<br>{escape(' · '.join(filter(None, described)))}</li>"

"""The page of an unsubscribe link: what is on, and a button for each category."""

import base64
import hashlib
import string
from collections.abc import Mapping
from html import escape

from notifications.models import MessageCategory
from notifications.rules import locales

_STYLE = """
body { margin: 0; padding: 24px; background: #f5f5f4; color: #1c1917; font: 16px/1.5 sans-serif; }
main { max-width: 560px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 12px; }
h1 { font-size: 1.5rem; margin-top: 0; }
ul { list-style: none; padding: 0; }
li { padding: 12px 0; border-top: 1px solid #d6d3d1; }
button { min-height: 44px; padding: 8px 16px; font: inherit; border: 2px solid #0f766e;
  border-radius: 8px; background: #0f766e; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #1c1917; outline-offset: 2px; }
"""
# Nothing is loaded and nothing runs; its forms go to the API that served it.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
_PAGE = string.Template("""\
<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<style>$style</style>
</head>
<body><main>
<h1>$title</h1>
$status
$asked
<h2>$all</h2>
<ul>
$items
</ul>
<p>$rest</p>
</main></body>
</html>
""")
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Which mails do you want?",
        "all": "All mails that you can turn off here",
        "rest": "Notices of your bookings and codes are set in the app, under Notifications.",
        "aftercare": "Advice after a visit",
        "review": "Requests to review a visit",
        "marketing": "Offers and greetings",
        "off": "Unsubscribe",
        "on": "Subscribe again",
        "is_on": "You get these mails.",
        "is_off": "You do not get these mails.",
    },
    "de": {
        "title": "Welche Mails möchten Sie?",
        "all": "Alle Mails, die Sie hier abbestellen können",
        "rest": "Mails zu Ihren Terminen und Codes stellen Sie in der App ein, "
        "unter Benachrichtigungen.",
        "aftercare": "Pflegehinweise nach einem Termin",
        "review": "Bitten um eine Bewertung",
        "marketing": "Angebote und Grüße",
        "off": "Abbestellen",
        "on": "Wieder abonnieren",
        "is_on": "Sie bekommen diese Mails.",
        "is_off": "Sie bekommen diese Mails nicht.",
    },
}


def render(
    subscribed: Mapping[MessageCategory, bool],
    *,
    asked: MessageCategory,
    changed: MessageCategory | None,
    locale: str | None,
) -> str:
    """Render the page.

    Args:
        subscribed: Whether mails of each category are sent.
        asked: The category of the mail that brought the link, which comes first.
        changed: The category that was changed just now.
        locale: Language of the reader.
    """
    language = locales.get_language(locale)
    texts = _TEXTS[language]
    others = [category for category in subscribed if category is not asked]
    status = ""
    if changed is not None:
        status = f'<p role="status"><strong>{_describe(changed, subscribed, texts)}</strong></p>'
    return _PAGE.substitute(
        language=language,
        style=_STYLE,
        title=escape(texts["title"]),
        status=status,
        asked=_write_item(asked, subscribed, texts, "div"),
        all=escape(texts["all"]),
        items="\n".join(_write_item(each, subscribed, texts, "li") for each in others),
        rest=escape(texts["rest"]),
    )


def _describe(
    category: MessageCategory,
    subscribed: Mapping[MessageCategory, bool],
    texts: Mapping[str, str],
) -> str:
    state = texts["is_on" if subscribed[category] else "is_off"]
    return escape(f"{texts[category.value]}: {state}")


def _write_item(
    category: MessageCategory,
    subscribed: Mapping[MessageCategory, bool],
    texts: Mapping[str, str],
    element: str,
) -> str:
    choice = "off" if subscribed[category] else "on"
    return (
        f'<{element}><p id="{category.value}">{_describe(category, subscribed, texts)}</p>\n'
        f'<form method="post"><input type="hidden" name="category" value="{category.value}">'
        f'<button name="choice" value="{choice}" aria-describedby="{category.value}">'
        f"{escape(texts[choice])}</button></form></{element}>"
    )

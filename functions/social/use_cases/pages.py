"""Pages that a browser shows when it returns from a provider, and that Meta links to.

Nothing is loaded and nothing runs. The only address they lead to is that of the web app.
"""

import base64
import hashlib
import string
from html import escape

import msgspec

from social.providers import configuration

_STYLE = """
body { margin: 0; padding: 24px; background: #f5f5f4; color: #1c1917; font: 16px/1.5 sans-serif; }
main { max-width: 560px; margin: 0 auto; padding: 32px; background: #fff; border-radius: 12px; }
h1 { font-size: 1.5rem; margin-top: 0; }
a { color: #0f766e; }
a:focus-visible { outline: 3px solid #1c1917; outline-offset: 2px; }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
_PAGE = string.Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
$refresh<title>$title</title>
<style>$style</style>
</head>
<body><main>
<h1>$title</h1>
<p>$text</p>
$link
</main></body>
</html>
""")


class Page(msgspec.Struct, frozen=True):
    """A page.

    Attributes:
        title: What happened.
        text: More about it.
        status: Status of the response.
        returns: Whether the browser goes on to the web app without a click.
    """

    title: str
    text: str
    status: int = 200
    returns: bool = False


def render(page: Page, result: str = "") -> str:
    """Return a page as HTML.

    Args:
        page: The page.
        result: What the web app's page is told of what happened; empty for a page without a link.
    """
    link = refresh = ""
    base = configuration.settings().web_app_url.rstrip("/")
    if base and result:
        url = escape(f"{base}/account/social?result={result}")
        link = f'<p><a href="{url}">Back to your settings</a></p>'
        if page.returns:
            refresh = f'<meta http-equiv="refresh" content="0; url={url}">\n'
    return _PAGE.substitute(
        title=escape(page.title),
        text=escape(page.text),
        style=_STYLE,
        link=link,
        refresh=refresh,
    )

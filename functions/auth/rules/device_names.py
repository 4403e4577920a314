"""Names of devices, as their owners know them."""

import re

UNKNOWN_APP = "Unknown app"
# Browsers name those whose pages they want to be served too, so the most special comes first.
_APPS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac(intosh| OS X)\b"),
    ("Linux", r"\bLinux\b"),
)


def describe(user_agent: str) -> str:
    """Return the browser and system that a User-Agent header names, in words of ours only.

    The words end up in mails, so nothing of what the device sent is repeated.
    """
    app, system = _find(_APPS, user_agent), _find(_SYSTEMS, user_agent)
    return f"{app or UNKNOWN_APP} on {system}" if system else app or UNKNOWN_APP


def _find(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), None)

"""Locales: the language of a reader, and its names of days, amounts of money and phrases.

A locale is a language with or without a region (BCP 47): `de-AT`. The system's texts are in the
languages of `LANGUAGES`; readers of any other get English.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from domain.money import format_money

DEFAULT = "en"
LANGUAGES = ("en", "de")
_LANGUAGE_LENGTH = 2

_NAMES = re.compile(r"%%|%-?[aAbBh]")  # what strftime writes in the language of the process
_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
# Abbreviations of CLDR 45, "abbreviated" in the format style.
_SHORT_MONTHS = (
    *("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni"),
    *("Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
)
# They stand in sentences of every case, so what replaces a name must not be declined.
_PHRASES: Mapping[str, Mapping[str, str]] = {
    "de": {
        "your artist": "N. N.",
        "your client": "N. N.",
        "a consultation": "eine Beratung",
        "Somebody": "Jemand",
        "friend": "Gast",
        "unknown": "unbekannt",
        "service": "(ohne Namen)",
        "request": "(ohne Betreff)",
        "calendar": "(ohne Namen)",
        "See it in the app": "In der App ansehen",
        "A message from": "Eine Nachricht von",
        "From": "Von",
        "Unsubscribe": "Abbestellen",
        "conversation": "Unterhaltung",
        "message": "Nachricht",
        "page": "Seite",
        "portfolio item": "Werk im Portfolio",
        "review": "Bewertung",
    }
}


def list_fallbacks(locale: str | None) -> tuple[str, ...]:
    """List the locales in which a reader's texts are looked for: `de-AT`, `de`, `en`."""
    preferred = locale or DEFAULT
    return tuple(dict.fromkeys((preferred, preferred[:_LANGUAGE_LENGTH], DEFAULT)))


def get_language(locale: str | None) -> str:
    """Return the language in which the system writes to a reader."""
    language = (locale or DEFAULT)[:_LANGUAGE_LENGTH]
    return language if language in LANGUAGES else DEFAULT


def translate(phrase: str, locale: str | None) -> str:
    """Translate a phrase of ours; any other text stays as it is."""
    return _PHRASES.get(get_language(locale), {}).get(phrase, phrase)


def format_amount(amount: int, currency: str, locale: str | None) -> str:
    """Format an amount of money in minor units: `30.00 EUR`, in German `30,00 EUR`."""
    text = format_money(amount, currency)
    return text.replace(".", ",") if get_language(locale) == "de" else text


def name_days(instant: datetime, pattern: str, locale: str | None) -> str:
    """Replace the names of days and months in a pattern of strftime by those of the language."""
    if get_language(locale) != "de":
        return pattern

    def replace(directive: re.Match[str]) -> str:
        match directive[0][-1]:
            case "A":
                return _DAYS[instant.weekday()]
            case "a":
                return f"{_DAYS[instant.weekday()][:2]}."
            case "B":
                return _MONTHS[instant.month - 1]
            case "b" | "h":
                return _SHORT_MONTHS[instant.month - 1]
            case _:
                return directive[0]

    return _NAMES.sub(replace, pattern)

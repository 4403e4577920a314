"""Locales: fallbacks, names of days, amounts and phrases."""

from datetime import UTC, datetime

import pytest

from notifications.notices import account_mails, consultations, messages, parties
from notifications.rules import local_time, locales, untrusted_names
from notifications.templates import liquid
from notifications.use_cases import composer

THURSDAY = datetime(2030, 3, 7, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "fallbacks"),
    [
        (None, ("en",)),
        ("en", ("en",)),
        ("de", ("de", "en")),
        ("de-AT", ("de-AT", "de", "en")),
        ("fr", ("fr", "en")),
    ],
)
def test_a_locale_falls_back_to_its_language_and_to_english(
    locale: str | None, fallbacks: tuple[str, ...]
) -> None:
    assert locales.list_fallbacks(locale) == fallbacks


@pytest.mark.parametrize(
    ("pattern", "german"),
    [
        ("%A, %-d. %B %Y, %H:%M", "Donnerstag, 7. März 2030, 14:30"),
        ("%a, %-d. %b %Y", "Do., 7. März 2030"),
        ("100 %% %d", "100 % 07"),
        ("%%A", "%A"),
    ],
)
def test_dates_name_days_and_months_in_german(pattern: str, german: str) -> None:
    assert local_time.format_local(THURSDAY, pattern, "de-AT") == german
    source = f"{{{{ at | date: '{pattern}' }}}}"
    template = liquid.parse(source, locale="de")
    assert liquid.render(template, {"at": THURSDAY}) == german
    in_english = liquid.parse(source, locale="en")
    assert liquid.render(in_english, {"at": THURSDAY}) == THURSDAY.strftime(pattern)


def test_all_days_and_months_have_names() -> None:
    names = [
        local_time.format_local(datetime(2030, month, month, tzinfo=UTC), "%a %A %b %B", "de")
        for month in range(1, 13)
    ]
    assert names[0] == "Di. Dienstag Jan. Januar"
    assert names[11] == "Do. Donnerstag Dez. Dezember"
    assert not any("%" in name for name in names)


def test_amounts_have_the_decimal_sign_of_the_language() -> None:
    assert locales.format_amount(123_456, "EUR", None) == "1234.56 EUR"
    assert locales.format_amount(123_456, "EUR", "de-AT") == "1234,56 EUR"
    assert locales.format_amount(3_000, "JPY", "de") == "3000 JPY"


@pytest.mark.parametrize(
    "phrase",
    [
        account_mails.NAMELESS,
        parties.UNKNOWN_ARTIST,
        composer.LINK_TEXT,
        consultations.ERASED_SUBJECT,
        messages.UNKNOWN_SENDER,
        parties.UNKNOWN_CLIENT,
        untrusted_names.UNKNOWN,
    ],
)
def test_each_phrase_of_ours_has_a_translation(phrase: str) -> None:
    assert locales.translate(phrase, "de") != phrase
    assert locales.translate(phrase, "fr") == phrase
    assert locales.translate(f'"{phrase}"', "de") == f'"{phrase}"'

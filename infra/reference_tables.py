r"""Write the tables that come from elsewhere: `python -m infra.reference_tables NAME FILE`.

`currencies` reads list one of ISO 4217, which SIX maintains
(https://www.six-group.com/en/products-services/financial-information/data-standards.html), and
writes `domain/currencies.py`. `confusables` reads the confusable characters of Unicode Technical
Standard 39 (https://www.unicode.org/Public/security/latest/confusables.txt) and writes
`domain/confusables.py`.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap

from infra.paths import ROOT

DOMAIN = ROOT / "layers/shared/python/domain"
_WIDTH = 92
_PUBLISHED = re.compile(r'<ISO_4217 Pblshd="([0-9-]+)">')
# In an entry, the code is followed by its number and the digits, "N.A." where it has none.
_CURRENCY = re.compile(
    r"<Ccy>([A-Z]{3})</Ccy>\s*(?:<CcyNbr>[0-9]+</CcyNbr>\s*)?<CcyMnrUnts>([0-9])</CcyMnrUnts>"
)
_ENTRY = re.compile(r"([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;\s*MA\b")


def write_currencies(text: str) -> str:
    """Return the module with the minor units of each currency that has them.

    Gold, test codes and the like have none: nobody can be charged in them.
    """
    published = _PUBLISHED.findall(text)[0]
    codes: dict[int, set[str]] = defaultdict(set)
    for code, digits in _CURRENCY.findall(text):
        codes[int(digits)].add(code)
    lines = [
        '"""Currencies of ISO 4217, and the digits after the point of their amounts.',
        "",
        f"List one of {published}; `python -m infra.reference_tables currencies FILE`",
        'writes this file. Codes without minor units, as that of gold, are left out.\n"""',
        "",
        "_CODES = {",
    ]
    for number, named in sorted(codes.items()):
        lines += [f"    {number}: (", *_quote(" ".join(sorted(named))), "    ),"]
    lines += [
        "}",
        "MINOR_DIGITS = {",
        "    code: digits for digits, codes in _CODES.items() for code in codes.split()",
        "}",
    ]
    return "\n".join(lines) + "\n"


def write_confusables(text: str) -> str:
    """Return the module with the characters that look like letters and digits of ASCII.

    What decomposes into them is left out, because comparisons decompose first.
    """
    looks: dict[str, list[str]] = defaultdict(list)
    for source, target in _ENTRY.findall(text):
        character = chr(int(source, 16))
        plain = fold("".join(chr(int(each, 16)) for each in target.split()))
        is_named = plain.isascii() and plain.isalnum()
        if is_named and not fold(character).isascii() and not character.isascii():
            looks[plain].append(character)
    version = re.search(r"^# Version: (\S+)", text, re.MULTILINE)
    lines = [
        '"""Characters that look like letters and digits of ASCII (Unicode Technical Standard 39).',
        "",
        f"Version {version[1] if version else 'unknown'}; "
        "`python -m infra.reference_tables confusables FILE` writes this file.",
        '"""',
        "",
        "# By what they look like. Written as code points, because they look like it.",
        "_LOOKS = {",
        *_list_looks(looks),
        "}",
        "LOOKS_LIKE = {",
        "    chr(int(point, 16)): plain for plain, points in _LOOKS.items()"
        " for point in points.split()",
        "}",
    ]
    return "\n".join(lines) + "\n"


def fold(text: str) -> str:
    """Return the text without compatibility forms, marks and case."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return unicodedata.normalize("NFKD", plain.casefold())


def _list_looks(looks: Mapping[str, Iterable[str]]) -> Iterable[str]:
    for plain, characters in sorted(looks.items()):
        points = " ".join(f"{ord(each):04X}" for each in sorted(characters))
        if len(points) < _WIDTH - 20:
            yield f'    "{plain}": "{points}",'
        else:
            yield from (f'    "{plain}": (', *_quote(points), "    ),")


def _quote(text: str) -> list[str]:
    """Return lines of one long string, broken at its spaces."""
    parts = wrap(text, _WIDTH - 12)
    last = len(parts) - 1
    return [f'        "{part}{"" if place == last else " "}"' for place, part in enumerate(parts)]


_WRITERS = {"currencies": write_currencies, "confusables": write_confusables}

if __name__ == "__main__":
    name, path = sys.argv[1:]
    content = _WRITERS[name](Path(path).read_text(encoding="utf-8"))
    (DOMAIN / f"{name}.py").write_text(content, encoding="utf-8")
    print(f"{len(content)} characters of {name}")

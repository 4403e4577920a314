"""Tables that come from elsewhere: what is written of a list."""

from infra import reference_tables
from infra.reference_tables import DOMAIN

LIST_ONE = """<?xml version="1.0"?>
<ISO_4217 Pblshd="2026-01-01"><CcyTbl>
<CcyNtry><CtryNm>JAPAN</CtryNm><Ccy>JPY</Ccy><CcyMnrUnts>0</CcyMnrUnts></CcyNtry>
<CcyNtry><CtryNm>KUWAIT</CtryNm><Ccy>KWD</Ccy><CcyMnrUnts>3</CcyMnrUnts></CcyNtry>
<CcyNtry><CtryNm>ZZ08_Gold</CtryNm><Ccy>XAU</Ccy><CcyMnrUnts>N.A.</CcyMnrUnts></CcyNtry>
<CcyNtry><CtryNm>ANTARCTICA</CtryNm></CcyNtry>
</CcyTbl></ISO_4217>"""
CONFUSABLES = """# Version: 17.0.0
0430 ;\t0061 ;\tMA\t# CYRILLIC SMALL LETTER A
FF41 ;\t0061 ;\tMA\t# FULLWIDTH LATIN SMALL LETTER A
0031 ;\t006C ;\tMA\t# DIGIT ONE
05AD ;\t0596 ;\tMA\t# a mark
"""


def run(module: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    exec(module, found)
    return found


def test_currencies_have_their_minor_units_and_gold_has_none() -> None:
    written = run(reference_tables.write_currencies(LIST_ONE))
    assert written["MINOR_DIGITS"] == {"JPY": 0, "KWD": 3}


def test_what_decomposes_or_is_ascii_is_no_lookalike() -> None:
    written = run(reference_tables.write_confusables(CONFUSABLES))
    assert written["LOOKS_LIKE"] == {"\u0430": "a"}


def test_the_tables_are_written_by_the_command() -> None:
    for name in ("currencies", "confusables"):
        text = (DOMAIN / f"{name}.py").read_text()
        assert f"python -m infra.reference_tables {name} FILE" in " ".join(text.split())

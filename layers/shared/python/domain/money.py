"""Amounts of money for people."""

# Digits after the point where they are not two (ISO 4217, list one).
_NO_DIGITS = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
}
_THREE_DIGITS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_MINOR_DIGITS = {
    **dict.fromkeys(_NO_DIGITS, 0),
    **dict.fromkeys(_THREE_DIGITS, 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def format_money(amount: int, currency: str) -> str:
    """An amount for people: `30.00 EUR`, `3000 JPY`."""
    digits = _MINOR_DIGITS.get(currency, 2)
    if digits == 0:
        return f"{amount} {currency}"
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}} {currency}"

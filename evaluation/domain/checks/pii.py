"""Personal data in a text, found by its shape: addresses, numbers with check digits, phones.

Shapes only: names and postal addresses have none, so they are not found. Card numbers and
IBANs count when their check digits agree, which keeps order numbers out. Every pattern is
bounded, so a search takes linear time.
"""

import re
from collections.abc import Callable, Collection, Iterator

from registry.domain.secrets import Finding

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_%+-])?"
    r"@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(
    r"(?<![0-9])(?:[0-9]{13,19}|[0-9]{4}([ -])[0-9]{6}\1[0-9]{4,5}"
    r"|[0-9]{4}([ -])[0-9]{4}\2[0-9]{4}\2[0-9]{4}(?:\2[0-9]{3})?)(?![0-9])"
)
_SOCIAL_SECURITY = re.compile(
    r"(?<![0-9-])(?!000|666|9)[0-9]{3}([ -])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9-])"
)
_PHONE = re.compile(
    # +49 30 1234567, 0049 30 1234567 | (415) 555-0132, 415-555-0132 | 0171 2345678
    r"(?<![0-9A-Za-z+.,-])(?:\+[1-9](?:[ ./()-]{0,2}[0-9]){7,14}"
    r"|(?<![0-9] )(?:00[1-9](?:[ ./()-]{0,2}[0-9]){7,14}"
    r"|(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"
    r"|\(?0[1-9][0-9]{1,3}\)?[ /-][0-9]{3,4}(?:[ -]?[0-9]{3,4})?))(?![0-9A-Za-z]|[.,-][0-9])"
)
# Issuers by their first digits, with the lengths they give out.
_ISSUERS = (
    (r"4", {13, 16, 19}),
    (r"5[1-5]|2(?:2(?:2[1-9]|[3-9])|[3-6]|7[01]|720)", {16}),
    (r"3[47]", {15}),
    (r"3(?:0[0-5]|[689])", {14, 16}),
    (r"6(?:011|4[4-9]|5)|35", {16, 19}),
    (r"62", {16, 17, 18, 19}),
)
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "PT",
        26: "IS TR",
        27: "FR GR IT MC SM",
        28: "AL AZ CY DO GT HU LB PL",
        29: "BR PS QA UA",
        30: "JO KW MU",
        31: "MT",
    }.items()
    for country in countries.split()
}


def find_pii(text: str, allowed: Collection[str] = ()) -> list[Finding]:
    """Return likely personal data in order; the text of a finding is cut to a few characters.

    `allowed` are texts that may stand there, such as the address of the own help desk; one
    that begins with @ allows every address of that domain. Case does not count.
    """
    known = {item.strip().lower() for item in allowed}
    found: list[Finding] = []
    line, seen, end = 1, 0, 0
    for start, kind, value in sorted(pii_in(text)):
        line += text.count("\n", seen, start)
        seen = start
        if start >= end:  # a card number inside a longer find is not told twice
            end = start + len(value)
            if not _is_allowed(value.lower(), known):
                found.append(Finding(kind, line, f"{value[:2]}…"))
    return found


def _is_allowed(value: str, known: Collection[str]) -> bool:
    return value in known or ("@" in value and f"@{value.rpartition('@')[2]}" in known)


def pii_in(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (start, kind, text) of what has the shape and the right check digits: for masking."""
    if "@" in text:
        yield from _matches(text, _EMAIL, "an email address", lambda value: value)
    yield from _matches(text, _IBAN, "an IBAN", _iban)
    yield from _matches(text, _CARD, "a payment card number", _card)
    yield from _matches(text, _SOCIAL_SECURITY, "a US social security number", lambda value: value)
    yield from _matches(text, _PHONE, "a phone number", lambda value: value)


def _matches(
    text: str, shape: "re.Pattern[str]", kind: str, proved: Callable[[str], str]
) -> Iterator[tuple[int, str, str]]:
    for match in shape.finditer(text):
        if value := proved(match.group()):
            yield match.start(), kind, value


def _iban(value: str) -> str:
    """Return the part of `value` that is an IBAN by its country's length and check digits."""
    length = _IBAN_LENGTHS.get(value[:2].upper())
    taken, characters = "", 0
    for sign in value:
        if characters == length:
            break
        taken, characters = taken + sign, characters + sign.isalnum()
    plain = "".join(sign for sign in taken if sign.isalnum()).upper()
    if characters != length or value[len(taken) : len(taken) + 1].isalnum():
        return ""
    number = int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4]))
    return taken if number % 97 == 1 else ""


def _card(value: str) -> str:
    """Return `value` when an issuer gives out such numbers and its last digit agrees (Luhn)."""
    digits = re.sub(r"[ -]", "", value)
    if not any(len(digits) in lengths and re.match(first, digits) for first, lengths in _ISSUERS):
        return ""
    doubled = [2 * int(digit) for digit in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(two - 9 if two > 9 else two for two in doubled)
    return value if total % 10 == 0 else ""

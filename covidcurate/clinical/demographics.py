"""Age and sex of the patient."""

from __future__ import annotations

import re

from covidcurate.clinical.rule import KEEPS_UNDER_NEGATION, Rule, decimal, shown, words

_FEMALE = r"woman|female|lady|girl"
_MALE = r"man|male|gentleman|boy"
_DONNA = r"donna|femmina|ragazza|bambina|signora"
_UOMO = r"uomo|maschio|ragazzo|bambino|signore"
_OLDEST = 115


def _years(match: re.Match[str]) -> str:
    age = decimal(match["age"])
    return shown(age) if 0 < age <= _OLDEST else ""


def _months(match: re.Match[str]) -> str:
    months = decimal(match["age"])
    return shown(months / 12) if 0 < months <= 48 else ""


def _age(name: str, language: str, pattern: str) -> Rule:
    return Rule("age", name, language, words(pattern), _months if "month" in name else _years, KEEPS_UNDER_NEGATION)


def _sex(name: str, language: str, pattern: str, value: str) -> Rule:
    return Rule("sex", name, language, words(pattern), value, KEEPS_UNDER_NEGATION)


_PERSON = rf"(?:{_FEMALE}|{_MALE}|patient|person|adult|individual|child|nurse|doctor|physician|smoker)"

DEMOGRAPHIC_RULES = (
    _age("age-en-years-old", "en", r"(?P<age>\d{1,3})[- ]?(?:years?|yrs?)[- ]?old"),
    _age("age-en-yo", "en", r"(?P<age>\d{1,3})[- ]?(?:y\.?/?o\.?|yo)(?= ?[mf]\b| \w)"),
    _age("age-en-aged", "en", r"aged? (?P<age>\d{1,3})(?! (?:days|weeks|months|to|-))(?:[- ]years?)?"),
    _age(
        "age-en-person-years",
        "en",
        rf"{_PERSON},? (?:of )?(?P<age>\d{{1,3}}) years(?: of age)?(?! (?:ago|later|before))",
    ),
    _age("age-en-short", "en", r"(?P<age>\d{2})[mf](?= (?:with|who|previously|presented|presenting|admitted))"),
    _age("age-en-months-old", "en", r"(?P<age>\d{1,2})[- ]months?[- ]old"),
    _age(
        "age-it-paziente-anni",
        "it",
        r"(?:paziente|pz\.?|sesso (?:maschile|femminile)|maschio|femmina|uomo|donna|signor[ae]?)[^.\d]{0,30}?"
        r"(?:di )?(?:anni )?(?P<age>\d{1,3}) ?(?:anni|aa\.?|a\.)",
    ),
    _age("age-it-di-anni", "it", r"(?:di|d.) (?:anni (?P<age>\d{1,3}))(?! ?(?:fa|prima))"),
    _age("age-it-enne", "it", r"(?P<age>\d{1,3})[ -]?enne"),
    _age("age-it-months", "it", r"(?:bambin[oa]|lattante|neonat[oa]) di (?P<age>\d{1,2}) mesi"),
    _sex("sex-en-female", "en", rf"(?:{_FEMALE})(?! (?:relatives?|doctors?|nurses?))", "F"),
    _sex("sex-en-male", "en", rf"(?:{_MALE})(?! (?:relatives?|doctors?|nurses?))", "M"),
    _sex("sex-en-short-female", "en", r"\d{2}f(?= (?:with|who|previously|presented|presenting|admitted))", "F"),
    _sex("sex-en-short-male", "en", r"\d{2}m(?= (?:with|who|previously|presented|presenting|admitted))", "M"),
    _sex("sex-it-femminile", "it", rf"sesso femminile|{_DONNA}", "F"),
    _sex("sex-it-maschile", "it", rf"sesso maschile|{_UOMO}", "M"),
)
"""Rules for ``age`` (years) and ``sex``. A decade ("in her 60s") is no age; agreement of Italian words is no sex."""

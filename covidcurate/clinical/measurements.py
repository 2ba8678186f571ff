"""Temperature, oxygen saturation and blood counts, in the units of the columns or converted to them."""

from __future__ import annotations

import re

from covidcurate.clinical.rule import KEEPS_UNDER_NEGATION, Rule, decimal, shown, words

_NUMBER = r"(?P<number>\d{1,3}(?:[.,]\d{1,3})?)"
# A degree sign that lost its way arrives as U+FFFD, or as an o or a zero in superscript.
_DEGREE = "[ ]?(?:°|º|˚|\\ufffd|degrees?|gradi)?[ ]?"
_COUNT = r"(?P<number>\d{1,3}(?:[.,]\d{3})+|\d{1,6}(?:[.,]\d{1,3})?)"
_GAP = r"[^.;\d%]{0,40}?"
_MICRO = r"(?P<micro>/ ?(?:μ|µ|u|micro)l(?:iter)?|(?:cells? ?)?/ ?mm ?(?:3|³|cubed)?|cells? ?/ ?(?:μ|µ|u)l|/ ?mmc|per (?:cubic millimeter|microliter))"
_GIGA = (
    r"(?P<giga>(?:[x×*?·] ?)?10 ?\^? ?(?:9|⁹) ?(?:cells ?)?(?:/ ?l|per lit(?:er|re))"
    r"|(?:[x×*?·] ?)?10 ?\^? ?(?:3|³) ?(?:/ ?(?:μ|µ|u)l|/ ?mm ?(?:3|³)|per (?:μ|µ|u)l)|g ?/ ?l|k ?/ ?(?:μ|µ|u)l)"
)


def _celsius(match: re.Match[str]) -> str:
    degrees = decimal(match["number"])
    return shown(degrees, 1) if 33 <= degrees <= 43 else ""


def _fahrenheit(match: re.Match[str]) -> str:
    degrees = decimal(match["number"])
    return shown((degrees - 32) / 1.8, 1) if 91 <= degrees <= 110 else ""


def _percent(match: re.Match[str]) -> str:
    percent = decimal(match["number"])
    return shown(percent, 1) if 30 <= percent <= 100 else ""


def _thousands(match: re.Match[str]) -> str:
    """Return a count in thousands a microliter, which is billions a liter."""
    text = match["number"]
    if match["micro"]:
        plain = re.sub(r"[.,](?=\d{3})", "", text)
        return shown(decimal(plain) / 1000, 3) if decimal(plain) >= 50 else ""
    return shown(decimal(text), 3) if decimal(text) < 500 else ""


def _count(column: str, language: str, names: str) -> Rule:
    pattern = rf"(?:{names}){_GAP}{_COUNT} ?(?:{_MICRO}|{_GIGA})"
    return Rule(
        column, f"{column.partition('_')[0]}-{language}", language, words(pattern), _thousands, KEEPS_UNDER_NEGATION
    )


_SATURATION_EN = (
    r"(?:sp ?o ?2|sa ?o ?2|p ?o ?2|(?:oxygen|o2|o₂) saturations?|o2[ ]?sats?|saturations?|sat(?:ting|s)|oxygen levels?)"
)
_SATURATION_IT = r"(?:sp ?o ?2|sa ?o ?2|saturazione|sat\.?|satura)"

MEASUREMENT_RULES = (
    Rule("temperature", "temperature-celsius", "", words(rf"{_NUMBER}(?:{_DEGREE}c(?:elsius)?|[ ]?℃)"), _celsius, KEEPS_UNDER_NEGATION),
    Rule("temperature", "temperature-fahrenheit", "", words(rf"{_NUMBER}{_DEGREE}f(?:ahrenheit)?"), _fahrenheit, KEEPS_UNDER_NEGATION),
    Rule("temperature", "temperature-named", "",
         words(rf"(?:temperature|temperatura|temp\.?|tc|t|fever|febbre|febrile)(?: corporea)?(?: \(?(?:of|to|di|a|at|was|is|up to)\)?)?"
               rf"[ :=(]{{0,3}}{_NUMBER}(?![%\d/]| ?(?:days?|giorni|years?|hours?|mg|mm|weeks?|cm))"), _celsius, KEEPS_UNDER_NEGATION),
    Rule("pO2_saturation", "saturation-en", "en",
         re.compile(rf"(?<!\w){_SATURATION_EN}[^.;\d]{{0,40}}?{_NUMBER}\s?%", re.IGNORECASE), _percent, KEEPS_UNDER_NEGATION),
    Rule("pO2_saturation", "saturation-it", "it",
         re.compile(rf"(?<!\w){_SATURATION_IT}[^.;\d]{{0,40}}?{_NUMBER}\s?%", re.IGNORECASE), _percent, KEEPS_UNDER_NEGATION),
    Rule("pO2_saturation", "saturation-after", "",
         re.compile(rf"(?<![\w.]){_NUMBER}\s?%\s(?:{_SATURATION_EN}|on room air|in room air|in aria ambiente)(?!\w)", re.IGNORECASE),
         _percent, KEEPS_UNDER_NEGATION),
    _count("leukocyte_count", "en", r"leu[ck]ocyt(?:es?|osis)|leu[ck]openia|white blood cells?|white cells?|wbcs?(?: count)?"),
    _count("leukocyte_count", "it", r"leucociti|globuli bianchi|gb"),
    _count("neutrophil_count", "en", r"neutrophils?|neutropenia"),
    _count("neutrophil_count", "it", r"neutrofili"),
    _count("lymphocyte_count", "en", r"lymphocytes?|lympho(?:cyto)?penia"),
    _count("lymphocyte_count", "it", r"linfociti"),
)  # fmt: skip
"""Rules for numbers with their units. A pressure in mmHg is no saturation, a percentage no count: neither is read."""

"""What became of the patient: test, survival, intensive care, intubation, oxygen."""

from __future__ import annotations

from covidcurate.clinical.rule import Rule, words

_ICU_EN = r"(?:intensive[- ](?:care|therapy)(?: unit)?|icu|itu|critical[- ]care(?: unit)?)"
_ICU_IT = r"(?:terapia intensiva|rianimazione|uti)"
_TEST_EN = r"(?:rt[- ]?pcr|pcr|swabs?|covid[- ]?19|sars[- ]?cov[- ]?2|coronavirus|2019[- ]?ncov)"
_VENTILATION = r"(?:mechanical(?:ly)? ventilat\w+|invasive ventilation|invasive mechanical ventilation)"


def _yes(column: str, name: str, language: str, pattern: str, *, negated: str = "") -> Rule:
    return Rule(column, name, language, words(pattern), "Y", negated)


def _no(column: str, name: str, language: str, pattern: str) -> Rule:
    return Rule(column, name, language, words(pattern), "N", "")


COURSE_RULES = (
    _yes("RT_PCR_positive", "pcr-en-positive", "en", rf"{_TEST_EN}(?: [\w-]+){{0,6}} positive"),
    _yes("RT_PCR_positive", "pcr-en-tested-positive", "en", rf"test(?:ed|s)? positive for (?:[\w-]+ ){{0,3}}{_TEST_EN}"),
    _yes("RT_PCR_positive", "pcr-en-positive-test", "en", r"positive (?:[\w-]+ ){0,4}(?:rt[- ]?pcr|swab)"),
    _no("RT_PCR_positive", "pcr-en-negative", "en", r"(?:rt[- ]?pcr|swabs?)(?: [\w-]+){0,6} negative"),
    _yes("RT_PCR_positive", "pcr-it-positivo", "it", r"tampone(?: [\w-]+){0,8} positiv[oa]"),
    _no("RT_PCR_positive", "pcr-it-negativo", "it", r"tampone(?: [\w-]+){0,8} negativ[oa]"),
    _no("survival", "survival-en-died", "en", r"died|passed away|deceased|succumbed|patient expired|fatal outcome|demise"),
    _yes(
        "survival",
        "survival-en-discharged",
        "en",
        r"(?:was|were|been|is|and|patient|subsequently|eventually|later) discharged"
        r"(?! (?:from|to) (?:the )?(?:icu|intensive|a |another|ward))"
        r"|discharged (?:home|from (?:the )?hospital)|fully recovered|made a full recovery|complete recovery",
    ),
    _no("survival", "survival-it-deceduto", "it", r"decedut[oa]|decesso|exitus|è mort[oa]|muore"),
    _yes("survival", "survival-it-dimesso", "it", r"(?:è stat[oa]|viene|venne|e) dimess[oa]|dimess[oa] a domicilio|guarit[oa]"),
    _yes("went_icu", "icu-en-admitted", "en",
         rf"(?:admitted|admission|transferred?|transfer|moved|taken|brought|required?|requiring|referred)"
         rf"(?: [\w-]+){{0,4}} {_ICU_EN}(?: admission| care| stay)?", negated="N"),
    _yes("went_icu", "icu-en-in", "en", rf"(?:in|from|at) (?:the |our )?{_ICU_EN}(?! (?:was|is) full)", negated="N"),
    _yes("went_icu", "icu-it", "it", rf"(?:trasferit\w|ricoverat\w|ricovero|trasferimento|condott\w)(?: [\w-]+){{0,4}} {_ICU_IT}",
         negated="N"),
    _yes("in_icu", "in-icu-en", "en", rf"(?:while|currently|still|now|remains?|day \d+) (?:[\w-]+ ){{0,3}}(?:in|of) (?:the )?{_ICU_EN}"),
    _yes("intubated", "intubated-en", "en",
         rf"(?:re)?intubated|(?:required?|requiring|underwent|needed|emergency|endotracheal|orotracheal) intubation"
         rf"|intubation (?:was|and)|{_VENTILATION}|endotracheal tube|ett", negated="N"),
    _no("intubated", "intubated-en-no", "en", r"no intubation|(?:did|does) not require (?:\w+ ){0,2}(?:intubation|ventilation)"),
    _yes("intubated", "intubated-it", "it", r"intubat[oa]|intubazione|ventilazione (?:meccanica|invasiva)|tubo (?:endo|oro)tracheale",
         negated="N"),
    _yes("intubation_present", "tube-en", "en",
         r"(?:endotracheal|et|tracheal) tube (?:\w+ ){0,3}(?:in situ|in place|noted|present|visible|seen|above the carina|tip)"
         r"|ett (?:\w+ ){0,2}(?:in situ|in place|noted|present)|status post intubation|post[- ]intubation|after intubation"),
    _yes("extubated", "extubated-en", "en", r"(?:successfully |was |been |and )?extubated|extubation was"),
    _yes("extubated", "extubated-it", "it", r"estubat[oa]|estubazione"),
    _yes("needed_supplemental_O2", "oxygen-en", "en",
         r"supplement(?:al|ary) oxygen|oxygen supplementation|oxygen (?:therapy|support)|oxygen via|litre?s?(?: per minute)? of oxygen"
         r"|on oxygen|nasal cannulas?|nasal prongs?|non[- ]?rebreather(?: mask)?|high[- ]flow (?:nasal )?oxygen|hfnc|oxygen mask"
         r"|venturi mask", negated="N"),
    _yes("needed_supplemental_O2", "oxygen-it", "it",
         r"ossigenoterapia|ossigeno ad alti flussi|maschera di venturi|maschera con reservoir|supporto di ossigeno|cannule nasali"
         r"|o2[- ]terapia", negated="N"),
)  # fmt: skip
"""Rules for what happened. "Intubated" is ever; "intubation_present" is at the time of the image."""

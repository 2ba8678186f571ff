"""How and when the image was made: modality, view, and the day of the illness."""

from __future__ import annotations

import re

from covidcurate.clinical.rule import KEEPS_UNDER_NEGATION, Rule, words

_FILM = r"(?:chest )?(?:radiographs?|radiography|radiograms?|x[- ]?rays?|films?|cxr)"
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "una": 1, "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7, "otto": 8, "nove": 9,
    "dieci": 10,
}  # fmt: skip
_COUNT = rf"(?P<count>\d{{1,2}}|{'|'.join(_NUMBERS)})"
_UNIT = r"(?P<unit>days?|weeks?|giorn[oi]|settiman[ae])"
_SYMPTOMS_EN = (
    r"(?:fever|cough|dyspno?ea|symptoms?|illness|malaise|fatigue|asthenia|headache|myalgia|diarrho?ea|sore throat"
    r"|shortness of breath|breathing difficult\w+|chest pain|anosmia)"
)
_SYMPTOMS_IT = r"(?:febbre|tosse|dispnea|sintom\w+|astenia|malessere|cefalea|diarrea|mialgi\w)"


def _days(match: re.Match[str]) -> str:
    said = match["count"].casefold()
    count = _NUMBERS.get(said) or int(said)
    return str(count * 7 if match["unit"][0] in "wWsS" else count)


def _rule(column: str, name: str, language: str, pattern: str, value: str) -> Rule:
    return Rule(column, name, language, words(pattern), value, "" if column == "modality" else KEEPS_UNDER_NEGATION)


def _offset(name: str, language: str, pattern: str) -> Rule:
    return Rule("offset", name, language, words(pattern), _days, "")


IMAGING_RULES = (
    _rule("modality", "modality-en-film", "en", rf"chest {_FILM}|{_FILM} of the chest|cxr", "X-ray"),
    _rule("modality", "modality-en-ct", "en", r"(?:chest |thoracic |thin-section )?(?:ct|hrct|computed tomography)(?: scans?| images?)?", "CT"),
    _rule("modality", "modality-it-film", "it", r"rx(?: del)? torace|radiogramma(?: del)?(?: torace)?|radiografia del torace", "X-ray"),
    _rule("modality", "modality-it-ct", "it", r"tc|tac|hrct|tomografia computerizzata", "CT"),
    _rule("view", "view-en-supine", "en", rf"(?:ap|anteroposterior),? (?:supine|in supine position)|supine (?:ap |anteroposterior )?{_FILM}", "AP Supine"),
    _rule("view", "view-en-ap", "en", rf"(?:ap|antero-?posterior)(?: portable| semi-?erect)? (?:view|projection|{_FILM})|{_FILM} \(?ap\)?(?! supine)", "AP"),
    _rule("view", "view-en-pa", "en", rf"(?:pa|postero-?anterior) (?:view|projection|{_FILM})|{_FILM} \(?pa\)?", "PA"),
    _rule("view", "view-en-lateral", "en", rf"lateral (?:view|projection|{_FILM})", "L"),
    _rule("view", "view-en-axial", "en", r"(?:axial|transverse|transaxial)(?: [\w-]+){0,3} (?:ct|images?|scans?|section|plane|reconstruction)|ct(?: scan| image)?,? (?:axial|transverse)", "Axial"),
    _rule("view", "view-en-coronal", "en", r"coronal(?: [\w-]+){0,3} (?:ct|images?|scans?|section|plane|reconstruction|reformat\w*)|ct,? coronal", "Coronal"),
    _rule("view", "view-en-sagittal", "en", r"sagittal(?: [\w-]+){0,3} (?:ct|images?|scans?|section|plane|reconstruction|reformat\w*)|ct,? sagittal", "Sagittal"),
    _rule("view", "view-it-supino", "it", r"(?:in )?proiezione ap (?:supin[oa]|da supino)|a paziente supino", "AP Supine"),
    _rule("view", "view-it-ap", "it", r"proiezione (?:ap|antero-?posteriore)|\bap a letto", "AP"),
    _rule("view", "view-it-pa", "it", r"proiezione (?:pa|postero-?anteriore)|pa in ortostatismo", "PA"),
    _rule("view", "view-it-ll", "it", r"proiezione (?:ll|latero-?laterale|laterale)", "L"),
    _offset("offset-en-after-onset", "en", rf"{_COUNT} {_UNIT} (?:after|since|from|following|post) (?:the )?(?:symptom )?(?:onset|appearance|start|beginning)(?: of (?:the )?(?:{_SYMPTOMS_EN}))?"),
    _offset("offset-en-symptoms-for", "en", rf"(?:{_SYMPTOMS_EN}(?:,| and|, and)? ){{1,4}}(?:for|since) (?:about |approximately |the (?:last|past) )?{_COUNT} {_UNIT}"),
    _offset("offset-en-for-symptoms", "en", rf"for (?:about |approximately |the (?:last|past) )?{_COUNT} {_UNIT},? (?:with |of |has had |had )?{_SYMPTOMS_EN}"),
    _offset("offset-en-history", "en", rf"{_COUNT}[- ]{_UNIT} (?:history of|of) (?:[\w-]+ ){{0,3}}{_SYMPTOMS_EN}"),
    Rule("offset", "offset-en-day", "en", words(r"(?:hospital day|day of (?:illness|admission)|illness day|day (?:of symptoms )?number|symptom day) (?P<count>\d{1,2})|(?:on )?day (?P<day>\d{1,2}) (?:of|after) (?:illness|admission|symptom\w*|onset|hospitali[sz]ation)"),
         lambda match: str(int(match["count"] or match["day"])), ""),
    _offset("offset-it-dall-esordio", "it", rf"{_COUNT} {_UNIT} (?:dall.|dopo l.)(?:esordio|insorgenza|inizio)"),
    _offset("offset-it-da", "it", rf"{_SYMPTOMS_IT} (?:e [\w-]+ )?da (?:circa )?{_COUNT} {_UNIT}"),
    _offset("offset-it-da-prima", "it", rf"da (?:circa )?{_COUNT} {_UNIT} (?:[\w-]+ ){{0,2}}{_SYMPTOMS_IT}"),
)  # fmt: skip
"""Rules for ``modality``, ``view`` and ``offset`` (days since the first symptoms or since admission).

"Frontal" is no view: it does not tell PA from AP.
"""

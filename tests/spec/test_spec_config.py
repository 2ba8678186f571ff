"""What a dataset's covidcurate.toml adds to the specification, and how its mistakes are said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from covidcurate.errors import ConfigError
from covidcurate.model import Severity
from covidcurate.spec import ColumnType, Permission, Specification, load_specification

Load = Callable[[str], Specification]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return a function that reads the specification of a dataset with a given covidcurate.toml."""

    def read(text: str) -> Specification:
        (tmp_path / "covidcurate.toml").write_text(text, encoding="utf-8")
        return load_specification(tmp_path)

    return read


def test_without_a_file_the_specification_is_the_shipped_one(tmp_path: Path) -> None:
    assert load_specification(tmp_path).columns == load_specification().columns
    assert load_specification(tmp_path).config_path is None


def test_an_empty_file_changes_nothing(load: Load) -> None:
    specification, shipped = load(""), load_specification()
    assert specification.columns == shipped.columns
    assert specification.findings == shipped.findings
    assert specification.views == shipped.views
    assert specification.licenses == shipped.licenses
    assert specification.sources == shipped.sources


def test_a_column_is_added_before_the_unnamed_one(load: Load) -> None:
    specification = load('[[column]]\nname = "device"\ntype = "choice"\nvalues = ["mask", "none"]\nblank = "warning"\n')
    assert [column.name for column in specification.columns][-2:] == ["device", ""]
    column = specification.by_name["device"]
    assert (column.type, column.values, column.blank) == (ColumnType.CHOICE, ("mask", "none"), Severity.WARNING)


def test_a_shipped_column_is_changed_and_keeps_the_rest(load: Load) -> None:
    specification = load('[[column]]\nname = "age"\nblank = "error"\nrange = { error = [18, 130] }\n')
    column, shipped = specification.by_name["age"], load_specification().by_name["age"]
    assert column.blank is Severity.ERROR
    assert column.ranges == {Severity.ERROR: (18.0, 130.0)}
    assert (column.type, column.unit, column.description) == (shipped.type, shipped.unit, shipped.description)
    assert [one.name for one in specification.columns] == [one.name for one in load_specification().columns]


def test_aliases_of_an_added_column_are_headers_too(load: Load) -> None:
    specification = load('[[column]]\nname = "device"\ntype = "text"\naliases = ["O2 Device"]\n')
    assert specification.by_alias["o2_device"] == "device"


def test_a_finding_is_added_with_its_synonyms(load: Load) -> None:
    findings = load('[[finding]]\npath = "Pneumonia/Viral/RSV"\nsynonyms = ["Respiratory Syncytial Virus"]\n').findings
    assert findings.paths[-1] == "Pneumonia/Viral/RSV"
    assert findings.suggest("respiratory syncytial virus") == "Pneumonia/Viral/RSV"
    assert "Pneumonia/Viral/COVID-19" in findings.paths


def test_a_shipped_finding_gets_another_synonym(load: Load) -> None:
    findings = load('[[finding]]\npath = "Pneumonia/Viral/SARS"\nsynonyms = ["SARS-CoV"]\n').findings
    assert findings.suggest("sars-cov") == "Pneumonia/Viral/SARS"
    assert findings.suggest("severe acute respiratory syndrome") == "Pneumonia/Viral/SARS"
    assert findings.paths == load_specification().findings.paths


def test_historical_values_and_states_are_added(load: Load) -> None:
    findings = load(
        '[historical]\n"RSV?" = ["Pneumonia/Viral"]\n[in_progress]\nlater = "somebody has to look"\n'
    ).findings
    assert findings.resolve("RSV?") == ("Pneumonia/Viral",)
    assert findings.split("later") == ()
    assert "todo" in findings.in_progress


def test_a_license_is_added(load: Load) -> None:
    specification = load(
        '[[license]]\nid = "LicenseRef-ours"\nspellings = ["our terms"]\nredistribute = "yes"\ncommercial = "no"\n'
        'derivatives = "unknown"\nshare_alike = false\nattribution = true\nversion_known = true\n'
    )
    license_ = specification.licenses[-1]
    assert (license_.id, license_.commercial, license_.is_spdx) == ("LicenseRef-ours", Permission.NO, False)
    assert len(specification.licenses) == len(load_specification().licenses) + 1


def test_a_shipped_license_is_replaced(load: Load) -> None:
    specification = load(
        '[[license]]\nid = "CC0-1.0"\nspellings = ["ours"]\nredistribute = "yes"\ncommercial = "yes"\n'
        'derivatives = "yes"\nshare_alike = false\nattribution = false\nversion_known = true\n'
    )
    assert [one.spellings for one in specification.licenses if one.id == "CC0-1.0"] == [("ours",)]


def test_a_source_is_added(load: Load) -> None:
    source = load('[[source]]\nhost = "Example.org"\nlicense = "CC-BY-4.0"\n').sources[-1]
    assert (source.host, source.license, source.automated.value) == ("example.org", "CC-BY-4.0", "unknown")


def test_a_modality_and_its_view_are_added(load: Load) -> None:
    views = load(
        '[[modality]]\nvalue = "Ultrasound"\nfolders = ["images"]\nwordings = { en = ["US", "sonography"] }\n'
        '[[view]]\nvalue = "Subcostal"\nmodality = "Ultrasound"\nwordings = { de = ["von unten"] }\n'
    ).views
    assert views.modality_of("Sonography") == "Ultrasound"
    assert views.view_of("VON  UNTEN") == "Subcostal"
    assert views.views["Subcostal"].modality == "Ultrasound"
    assert "PA" in views.views


def test_a_shipped_view_gets_another_wording(load: Load) -> None:
    views = load('[[view]]\nvalue = "PA"\nmodality = "X-ray"\nwordings = { nl = ["achter-voor"] }\n').views
    assert views.view_of("achter-voor") == "PA"
    assert views.view_of("posteroanterior") == "PA"


def test_allowed_licenses_severities_policy_and_name(load: Load) -> None:
    specification = load(
        '[dataset]\nname = "Ours"\n[policy]\nminimum_age = 16\n[licenses]\nallowed = ["CC0-1.0"]\n'
        '[rules.severity]\nLICENSE-BLANK = "error"\nTEXT-SPACE = "off"\n'
    )
    assert specification.dataset_name == "Ours"
    assert specification.minimum_age == 16
    assert specification.allowed_licenses == ("CC0-1.0",)
    assert specification.severities == {"LICENSE-BLANK": Severity.ERROR, "TEXT-SPACE": None}


def test_a_consistency_statement_is_added(load: Load) -> None:
    specification = load('[[consistency]]\nwhen = { sex = "M" }\nexpect = { survival = "Y" }\nbecause = "we say so"\n')
    assert specification.consistencies[-1].because == "we say so"
    assert len(specification.consistencies) == len(load_specification().consistencies) + 1


MISTAKES = {
    "unknown table": ("[ruls]\n", "'ruls'", "'rules'"),
    "unknown key of a column": (
        '[[column]]\nname = "x"\ntype = "text"\ndescripton = "y"\n',
        "'descripton'",
        "'description'",
    ),
    "unknown key of a shipped column": ('[[column]]\nname = "age"\nvalue = ["1"]\n', "column 'age'", "'values'"),
    "unknown key of a finding": ('[[finding]]\npath = "X"\nsynonym = ["y"]\n', "finding 'X'", "'synonyms'"),
    "unknown key of a view": ('[[view]]\nvalue = "X"\nmodality = "CT"\nwording = {}\n', "view 'X'", "'wordings'"),
    "unknown key of a modality": ('[[modality]]\nvalue = "X"\nfolder = ["x"]\n', "modality 'X'", "'folders'"),
    "unknown key of a source": ('[[source]]\nhost = "x.org"\nlicence = "CC0-1.0"\n', "source 'x.org'", "'license'"),
    "unknown key of the dataset": ('[dataset]\nnam = "x"\n', "'nam'", "'name'"),
    "unknown key of the policy": ("[policy]\nminimum_agee = 3\n", "'minimum_agee'", "'minimum_age'"),
    "unknown key of the licenses": ('[licenses]\nallow = ["CC0-1.0"]\n', "'allow'", "'allowed'"),
    "unknown key of the rules": ('[rules.severty]\nX = "off"\n', "'severty'", "'severity'"),
    "unknown weight of a range": (
        '[[column]]\nname = "age"\nrange = { errors = [0, 1] }\n',
        "[range]",
        "'error'",
    ),
}
"""Text, what the message must name, and what it must suggest."""


@pytest.mark.parametrize(("text", "named", "suggested"), MISTAKES.values(), ids=MISTAKES)
def test_an_unknown_key_is_named_and_the_nearest_suggested(load: Load, text: str, named: str, suggested: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert "covidcurate.toml" in caught.value.message
    assert named in caught.value.message
    assert suggested in caught.value.remedy


def test_an_unknown_key_with_no_likeness_lists_the_known_ones(load: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load('[dataset]\nzzz = "x"\n')
    assert "Known keys: name" in caught.value.remedy


WRONG_VALUES = {
    "column without name": ('[[column]]\ntype = "text"\n', "'name'"),
    "column that is no table": ("column = [3]\n", "'name'"),
    "columns that are no list": ('[column]\nname = "x"\n', "'column'"),
    "column without type": ('[[column]]\nname = "x"\n', "'type'"),
    "type that is none": ('[[column]]\nname = "x"\ntype = "txt"\n', "'text'"),
    "type that is a number": ('[[column]]\nname = "x"\ntype = 3\n', "a string"),
    "choice without values": ('[[column]]\nname = "x"\ntype = "choice"\n', "'values'"),
    "values that are numbers": ('[[column]]\nname = "x"\ntype = "choice"\nvalues = [1]\n', "strings only"),
    "values that are one string": ('[[column]]\nname = "x"\ntype = "choice"\nvalues = "a"\n', "a list"),
    "bad regular expression": ('[[column]]\nname = "x"\ntype = "text"\npattern = "(["\n', "regular expression"),
    "reversed range": ('[[column]]\nname = "age"\nrange = { error = [9, 1] }\n', "wrong way round"),
    "range with one end": ('[[column]]\nname = "age"\nrange = { error = [9] }\n', "two numbers"),
    "range of words": ('[[column]]\nname = "age"\nrange = { error = ["a", "b"] }\n', "two numbers"),
    "reversed other unit": (
        '[[column]]\nname = "age"\nother_units = [{ unit = "months", range = [9, 1] }]\n',
        "wrong way round",
    ),
    "other unit without range": ('[[column]]\nname = "age"\nother_units = [{ unit = "months" }]\n', "'range'"),
    "bad blank": ('[[column]]\nname = "age"\nblank = "bad"\n', "'blank' is 'bad'"),
    "bad severity": ('[rules.severity]\nTEXT-SPACE = "fatal"\n', "TEXT-SPACE is 'fatal'"),
    "severity that is a number": ("[rules.severity]\nTEXT-SPACE = 1\n", "'TEXT-SPACE'"),
    "spelling that is a list": ('[[column]]\nname = "sex"\nspellings = { x = ["M"] }\n', "'x'"),
    "name that is a date": ("[dataset]\nname = 2020-01-01\n", "'name'"),
    "age that is true": ("[policy]\nminimum_age = true\n", "'minimum_age'"),
    "age that is a word": ('[policy]\nminimum_age = "18"\n', "a number"),
    "allowed that is a word": ('[licenses]\nallowed = "CC0-1.0"\n', "'allowed'"),
    "license without permission": ('[[license]]\nid = "x"\n', "'redistribute'"),
    "finding without path": ('[[finding]]\nsynonyms = ["x"]\n', "'path'"),
    "historical value that is no list": ('[historical]\nx = "ARDS"\n', "'x'"),
    "state without meaning": ("[in_progress]\nx = 3\n", "'x'"),
    "view without modality": ('[[view]]\nvalue = "X"\n', "'modality'"),
    "wordings without language": ('[[view]]\nvalue = "X"\nmodality = "CT"\nwordings = ["x"]\n', "'wordings'"),
    "source with unknown access": ('[[source]]\nhost = "x.org"\nautomated = "maybe"\n', "'permission'"),
    "consistency without reason": ('[[consistency]]\nwhen = { sex = "M" }\nexpect = { sex = "M" }\n', "'because'"),
}


@pytest.mark.parametrize(("text", "named"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_a_wrong_value_is_a_config_error_that_names_file_and_key(load: Load, text: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert "covidcurate.toml" in caught.value.message
    assert named in caught.value.message


@pytest.mark.parametrize(
    "content", [b"name = \n", b"[dataset\n", b'name = "\xff"\n', b"\xef\xbb\xbf[dataset]\n", b"\0"]
)
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "covidcurate.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"covidcurate\.toml: is not TOML"):
        load_specification(tmp_path)


DANGLING = {
    "view of an unknown modality": ('[[view]]\nvalue = "X"\nmodality = "MRI"\n', "MRI"),
    "historical value outside the tree": ('[historical]\nx = ["Pneumonia/None"]\n', "Pneumonia/None"),
    "allowed license that is none": ('[licenses]\nallowed = ["CC-BY-40"]\n', "CC-BY-40"),
    "source with a license that is none": ('[[source]]\nhost = "x.org"\nlicense = "CC BY"\n', "CC BY"),
    "consistency about no column": ('[[consistency]]\nwhen = { sexx = "M" }\nexpect = {}\nbecause = "x"\n', "sexx"),
}


@pytest.mark.parametrize(("text", "named"), DANGLING.values(), ids=DANGLING)
def test_a_name_that_leads_nowhere_is_a_config_error(load: Load, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(text)


ODD_NUMBERS = {
    "range of booleans": '[[column]]\nname = "age"\nrange = { error = [false, true] }\n',
    "range that is no number": '[[column]]\nname = "age"\nrange = { error = [nan, nan] }\n',
}


@pytest.mark.parametrize("text", ODD_NUMBERS.values(), ids=ODD_NUMBERS)
def test_a_range_takes_numbers_only(load: Load, text: str) -> None:
    with pytest.raises(ConfigError):
        load(text)


def test_words_that_decide_nothing_can_be_added(load: Load) -> None:
    views = load('[[undecided]]\nwordings = ["van voren"]\nbecause = "it does not tell PA from AP"\n').views
    assert "van voren" in views.undecided


def test_deep_nesting_is_a_config_error(load: Load) -> None:
    with pytest.raises(ConfigError):
        load("x = " + "[" * 5000 + "]" * 5000 + "\n")


def test_a_value_where_a_table_should_be_is_told_so(load: Load) -> None:
    with pytest.raises(ConfigError, match="'dataset' should be a table"):
        load("dataset = 3\n")


def test_a_contact_and_mirrors(load: Load) -> None:
    text = '[web]\ncontact = " you@example.org "\n[web.mirrors]\n"https://a.example/" = "http://127.0.0.1:8000/a/"\n'
    specification = load(text)
    assert specification.contact == "you@example.org"
    assert specification.mirrors == {"https://a.example": "http://127.0.0.1:8000/a"}
    assert load("").contact == ""


def test_a_permission_and_a_longer_pause(load: Load) -> None:
    sources = load('[sources.radiopaedia]\npermission = "me, today, ten cases"\ninterval = 30\n').sources
    (source,) = [source for source in sources if source.id == "radiopaedia"]
    assert (source.permission, source.interval) == ("me, today, ten cases", 30)
    assert {source.permission for source in sources} == {"", "me, today, ten cases"}


def test_a_source_of_the_dataset_can_be_arranged_with_too(load: Load) -> None:
    text = '[[source]]\nhost = "example.org"\nid = "example"\nhosts = ["Files.example.net"]\n'
    source = load(text + '[sources.example]\npermission = "x"\n').sources[-1]
    assert source.permission == "x"
    assert source.serves("files.example.net") and source.serves("www.example.org") and not source.serves("example.net")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sources.radiopedia]\npermission = "x"\n', "there is no source 'radiopedia'"),
        ("[sources.eurorad]\ninterval = 1\n", "at least 5 s are owed"),
        ("[sources.eurorad]\npermission = 3\n", "'permission' should be a string"),
        ('[sources.eurorad]\npermision = "x"\n', "unknown key 'permision'"),
        ('[web]\nmail = "x"\n', "unknown key 'mail'"),
        ('[web.mirrors]\n"a.example" = "http://b"\n', "should begin with http:// or https://"),
        ('[web.mirrors]\n"https://a.example" = "file:///x"\n', "should begin with http:// or https://"),
    ],
)
def test_mistakes_about_sites_are_said(load: Load, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(text)


def test_a_license_that_is_allowed_in_other_words_is_told_with_its_identifier(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"names 'CC BY 4\.0'") as raised:
        load('[licenses]\nallowed = ["CC BY 4.0"]\n')
    assert raised.value.remedy == "Write the license's identifier: CC-BY-4.0"
    with pytest.raises(ConfigError) as raised:
        load('[licenses]\nallowed = ["mine"]\n')
    assert raised.value.remedy == ""

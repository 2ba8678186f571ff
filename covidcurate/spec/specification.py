"""The whole specification: the files of ``schema/`` with what a dataset's own ``covidcurate.toml`` adds."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from covidcurate.errors import ConfigError
from covidcurate.model import Severity
from covidcurate.spec.columns import Column, Consistency, read_column, read_consistency
from covidcurate.spec.files import read_file_limits
from covidcurate.spec.findings import Findings, read_findings
from covidcurate.spec.licenses import License, read_licenses, say_identifier
from covidcurate.spec.sources import Source, read_arrangements, read_sources
from covidcurate.spec.toml import Entry, read_toml
from covidcurate.spec.views import Views, read_views

CONFIG_NAME = "covidcurate.toml"


def schema_folder() -> Path:
    """Return the folder of the specification: inside the installed package, else at the top of the checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_schema"
    return shipped if shipped.is_dir() else package.parent / "schema"


class Specification:
    """What a dataset must look like.

    Vocabularies are read when they are first asked for, since a command rarely needs all of them. Each file is
    extended by the tables of the same name in the dataset's ``covidcurate.toml``.

    Parameters
    ----------
    config
        The dataset's ``covidcurate.toml``; None for the specification as it ships.
    """

    def __init__(self, config: Path | None = None) -> None:
        self.config_path = config
        own = Entry(read_toml(config) if config else {}, str(config or CONFIG_NAME))
        self._own_columns = own.take("column", list, [])
        self._own_tables: dict[str, dict[str, Any]] = {
            "findings.toml": {
                "finding": own.take("finding", list, []),
                "historical": own.take("historical", dict, {}),
                "in_progress": own.take("in_progress", dict, {}),
            },
            "licenses.toml": {"license": own.take("license", list, [])},
            "sources.toml": {"source": own.take("source", list, [])},
            "views.toml": {
                "view": own.take("view", list, []),
                "modality": own.take("modality", list, []),
                "undecided": own.take("undecided", list, []),
            },
        }
        rules = own.take_entry("rules")
        self.selected, self.ignored = rules.take_strings("select"), rules.take_strings("ignore")
        self.severities = _read_severities(rules)
        validate = own.take_entry("validate")
        self.fail_on, self.rule_pages = _read_fail_on(validate), _read_address(validate, "rule_pages")
        validate.done()
        allowed = own.take_entry("licenses")
        self.allowed_licenses = allowed.take_strings("allowed")
        allowed.done()
        patients = own.take_entry("patients")
        self.releases = frozenset(patients.take_strings("releases"))
        patients.done()
        self.dataset_name = _read_name(own.take_entry("dataset"))
        self.contact, self.mirrors = _read_web(own.take_entry("web"))
        self._own_arrangements = own.take("sources", dict, {})
        self._own_policy = own.take("policy", dict, {})
        self._own_files = own.take_entry("files")
        self._own_consistency = own.take("consistency", list, [])
        own.done()
        self._read_columns()
        if config is not None:
            # What covidcurate.toml adds is checked at once: a mistake must not wait for the command that trips over it.
            for name, missing in self._names_that_lead_nowhere():
                message = f"{config}: {name} names {missing!r}, which is not in the specification"
                raise ConfigError(message, remedy=say_identifier(self.licenses, missing))

    def _read_columns(self) -> None:
        document = Entry(read_toml(schema_folder() / "metadata.toml"), "schema/metadata.toml")
        document.take("format", int)
        table = document.take_entry("table")
        self.table_file = table.take("file", str)
        self.key = table.take("key", str)
        table.done()
        policy = document.take_entry("policy")
        self.minimum_age = policy.take("minimum_age", float)
        policy.done()
        self.file_limits = read_file_limits(self._own_files, read_file_limits(document.take_entry("files")))
        shipped = document.take("column", list)
        self.consistencies = _read_consistencies(document.take("consistency", list, []), "schema/metadata.toml")
        document.done()
        where = str(self.config_path)
        self.consistencies += _read_consistencies(self._own_consistency, where)
        own_policy = Entry(self._own_policy, f"{where} [policy]")
        self.minimum_age = own_policy.take("minimum_age", float, self.minimum_age)
        own_policy.done()
        self.columns = _merge_columns(shipped, self._own_columns, where)

    def _names_that_lead_nowhere(self) -> Iterator[tuple[str, str]]:
        """Yield each name of one table that should stand in another and does not, with what names it."""
        licenses = {license_.id for license_ in self.licenses}
        modalities = self.views.modalities
        names: list[tuple[str, str, Container[str]]]
        names = [(f"the view {view.value!r}", view.modality, modalities) for view in self.views.views.values()]
        for cell, paths in self.findings.historical.items():
            names += [(f"the historical value {cell!r}", path, self.findings.paths) for path in paths]
        names += [("[licenses] allowed", id_, licenses) for id_ in self.allowed_licenses]
        for source in self.sources:
            said = (one for one in (source.license, source.conflict) if one)
            names += [(f"the source {source.host!r}", id_, licenses) for id_ in said]
        for statement in self.consistencies:
            names += [("a [[consistency]]", column, self.by_name) for column in (*statement.when, *statement.expect)]
        return ((what, name) for what, name, known in names if name not in known)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by their header."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_alias(self) -> Mapping[str, str]:
        """Folded historical and current headers, with the header each means today."""
        aliases = {}
        for column in self.columns:
            for name in (column.name, *column.aliases):
                aliases[fold_header(name)] = column.name
        return aliases

    @cached_property
    def findings(self) -> Findings:
        """The tree of findings."""
        base = read_findings(self._shipped("findings.toml"))
        return read_findings(self._own("findings.toml"), base)

    @cached_property
    def views(self) -> Views:
        """Views and modalities."""
        base = read_views(self._shipped("views.toml"))
        return read_views(self._own("views.toml"), base)

    @cached_property
    def licenses(self) -> tuple[License, ...]:
        """Licenses with their spellings."""
        return read_licenses(self._own("licenses.toml"), read_licenses(self._shipped("licenses.toml")))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Places that publish images."""
        sources = read_sources(self._own("sources.toml"), read_sources(self._shipped("sources.toml")))
        return read_arrangements(Entry(self._own_arrangements, f"{self.config_path} [sources]"), sources)

    def _shipped(self, name: str) -> Entry:
        document = Entry(read_toml(schema_folder() / name), f"schema/{name}")
        document.take("format", int)
        return document

    def _own(self, name: str) -> Entry:
        return Entry(self._own_tables[name], str(self.config_path))


def load_specification(folder: Path | None = None) -> Specification:
    """Return the specification for a dataset folder: what ships, and what its ``covidcurate.toml`` adds, if any.

    Raises
    ------
    ConfigError
        A key is unknown, a value has the wrong type, or the file is no TOML.
    """
    config = folder / CONFIG_NAME if folder else None
    # What has the name and cannot be read, such as a link to nothing, must not be passed over in silence.
    return Specification(config if config and (config.exists() or config.is_symlink()) else None)


def fold_header(name: str) -> str:
    """Return a header in the form in which headers are compared: lower case, ``_`` for blanks, none outside."""
    return "_".join(name.casefold().replace("_", " ").split())


def _merge_columns(shipped: list[Any], own: list[Any], where: str) -> tuple[Column, ...]:
    """Read the shipped columns; a column of the dataset changes the one of its name, or stands after the last."""
    raw = {table["name"]: table for table in shipped}
    origin = dict.fromkeys(raw, "schema/metadata.toml")
    for table in own:
        if not isinstance(table, dict) or not isinstance(table.get("name"), str):
            raise ConfigError(f"{where}: each [[column]] needs a 'name'")
        raw[table["name"]] = {**raw.get(table["name"], {}), **table}
        origin[table["name"]] = where
    columns = [read_column(Entry(table, f"{origin[name]}, column {name!r}")) for name, table in raw.items()]
    # The unnamed column is the last of a file, whatever a dataset adds.
    return tuple(sorted(columns, key=lambda column: column.name == ""))


def _read_consistencies(tables: list[Any], where: str) -> tuple[Consistency, ...]:
    return tuple(read_consistency(Entry(table, f"{where}, consistency {n}")) for n, table in enumerate(tables, start=1))


def _read_severities(rules: Entry) -> dict[str, Severity | None]:
    """Read ``[rules.severity]``: code to severity, None for ``off``. The codes are checked where rules are known."""
    table = rules.take_entry("severity")
    severities: dict[str, Severity | None] = {}
    for code in table.remaining():
        text = table.take(code, str)
        if text not in {"off", *(severity.value for severity in Severity)}:
            raise ConfigError(f"{table.where}: {code} is {text!r}, but should be 'error', 'warning', 'info' or 'off'")
        severities[code.upper()] = None if text == "off" else Severity(text)
    rules.done()
    return severities


def _read_fail_on(entry: Entry) -> str:
    """Read of ``[validate]`` the weight from which on a check fails; blank where nothing is said."""
    fail_on = entry.take("fail_on", str, "")
    if fail_on not in {"", "never", *(severity.value for severity in Severity)}:
        raise ConfigError(f"{entry.where}: fail_on is {fail_on!r}, but should be 'error', 'warning', 'info' or 'never'")
    return fail_on


def _read_address(entry: Entry, name: str) -> str:
    """Read where something is on the web; blank where nothing is said."""
    address = entry.take(name, str, "")
    if address and not address.startswith(("https://", "http://")):
        raise ConfigError(f"{entry.where}: {name} is {address!r}, but should be an address that begins with https://")
    return address


def _read_web(entry: Entry) -> tuple[str, dict[str, str]]:
    """Read ``[web]``: the contact that a site can write to, and copies of sites by origin."""
    contact = entry.take("contact", str, "").strip()
    table = entry.take_entry("mirrors")
    mirrors = {origin.rstrip("/"): table.take(origin, str).rstrip("/") for origin in table.remaining()}
    for address in (*mirrors, *mirrors.values()):
        if not re.match(r"https?://[^/]", address):
            raise ConfigError(f"{table.where}: {address!r} should begin with http:// or https:// and a host")
    entry.done()
    return contact, mirrors


def _read_name(entry: Entry) -> str:
    name = entry.take("name", str, "")
    entry.done()
    return name

"""Taking a TOML table apart key by key."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import pytest

from covidcurate.errors import ConfigError
from covidcurate.spec.toml import Entry, read_toml


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400, -(10**400)])
def test_a_number_has_to_be_finite(value: float) -> None:
    with pytest.raises(ConfigError, match=r"^here: 'key' should be a number, not -?(?:nan|inf)$"):
        Entry({"key": value}, "here").take("key", float)


def test_values_are_taken_with_their_types() -> None:
    entry = Entry({"word": "x", "whole": 3, "number": 3, "flag": True, "words": ["a"]}, "here")
    assert entry.take("word", str) == "x"
    assert entry.take("whole", int) == 3
    assert isinstance(entry.take("number", float), float)
    assert entry.take("flag", bool) is True
    assert entry.take_strings("words") == ("a",)
    entry.done()


@pytest.mark.parametrize(
    ("value", "kind"), [("x", int), (3, str), (True, int), (True, float), (1, bool), (1.5, int), ([], dict), ({}, list)]
)
def test_another_type_is_an_error_that_names_the_place(value: object, kind: type) -> None:
    with pytest.raises(ConfigError, match=r"^here: 'key' should be"):
        Entry({"key": value}, "here").take("key", kind)


def test_a_missing_key_needs_a_default() -> None:
    entry = Entry({}, "here")
    assert entry.take("a", str, "default") == "default"
    assert entry.take_strings("b") == ()
    assert entry.take_entries("c", "name") == []
    assert entry.take_entry("d").items() == {}
    with pytest.raises(ConfigError, match=r"^here: the key 'e' is missing"):
        entry.take("e", str)


def test_an_enum_is_taken_by_value() -> None:
    assert Entry({"key": "blue"}, "here").take_enum("key", Color) is Color.BLUE
    assert Entry({}, "here").take_enum("key", Color, Color.RED) is Color.RED
    with pytest.raises(ConfigError, match=r"'key' is 'green', but should be one of 'red', 'blue'"):
        Entry({"key": "green"}, "here").take_enum("key", Color)


def test_entries_are_named_by_their_name_or_number() -> None:
    first, second = Entry({"one": [{"name": "x"}, {}]}, "here").take_entries("one", "name")
    assert first.where == "here, one 'x'"
    assert second.where == "here, one 'number 2'"


def test_an_entry_that_is_no_table_is_named() -> None:
    with pytest.raises(ConfigError, match="here, one 'number 1': should be a table"):
        Entry({"one": [3]}, "here").take_entries("one", "name")


def test_what_is_left_over_is_an_error_with_the_nearest_known_key() -> None:
    entry = Entry({"colour": "red"}, "here")
    entry.take("color", str, "")
    with pytest.raises(ConfigError, match=r"^here: unknown key 'colour'") as caught:
        entry.done()
    assert caught.value.remedy == "Did you mean 'color'?"


def test_remaining_and_items() -> None:
    entry = Entry({"a": 1, "b": 2}, "here")
    entry.take("a", int)
    assert entry.remaining() == ("b",)
    assert entry.items() == {"b": 2}
    entry.done()


def test_a_file_that_is_missing_or_a_folder_is_a_config_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            read_toml(path)


def test_a_mistake_in_toml_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("a = 1\nb = \n")
    with pytest.raises(ConfigError, match="line 2"):
        read_toml(path)

"""What a column knows about numbers in other units."""

from __future__ import annotations

import pytest

from covidcurate.spec import OtherUnit, load_specification


def test_another_unit_is_converted_by_scale_and_offset() -> None:
    assert OtherUnit("half", 0, 10, scale=2, offset=1).convert(3) == 7


def test_without_a_scale_nothing_is_converted() -> None:
    assert OtherUnit("unlike", 0, 10).convert(3) is None


@pytest.mark.parametrize(
    ("name", "number", "converted"),
    [
        *[("temperature", 98.6, 37.0), ("temperature", 95, 35.0), ("leukocyte_count", 7800, 7.8)],
        *[("pO2_saturation", 250, None), ("pO2_saturation", 0.93, 93)],
    ],
)
def test_other_units_of_the_collection(name: str, number: float, converted: float | None) -> None:
    (unit,) = (unit for unit in load_specification().by_name[name].other_units if unit.low <= number <= unit.high)
    assert unit.convert(number) == (None if converted is None else pytest.approx(converted))

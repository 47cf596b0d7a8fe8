"""No value is silently read as another: a part of the cases that `clientele figures` measures."""

from dataclasses import replace

from reality_silent import FORMATS, cases, judge


def test_no_value_is_read_silently_as_another() -> None:
    chosen = cases("tiny")
    assert len(chosen) >= 40 and {case.kind for case in chosen} == set(FORMATS)
    # One case says what its file does not: the check itself would see a value read otherwise.
    [planted, *_] = [case for case in chosen if case.says and case.column == "word"]
    judged = judge([*chosen, replace(planted, name="planted", says=("another",))])
    assert [case.name for case, why in judged if why] == ["planted"], judged


def test_the_whole_figure_has_its_files() -> None:
    names = [case.name for case in cases()]
    assert len(names) >= 400

"""What is planted in every input is in no log, no event of Dagster,
no traceback and no file of ours."""

from delivery_canaries import measure_canaries


def test_no_planted_value_is_found_anywhere():
    (figure,) = measure_canaries()
    assert figure["value"] == 0, figure["note"]

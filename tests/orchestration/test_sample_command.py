"""`clientele sample`: nothing that was asked for is passed over in silence."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ingestion.contracts.reading import load_contracts
from ingestion.samples import DEFAULT, data_set, data_set_of, data_sets
from orchestration.cli.main import main
from orchestration.cli.verbs.trying import sample


@pytest.mark.parametrize(
    "asked",
    [
        ("--set", "cdnow", "--published", "whole.csv"),
        ("--set", "online_retail", "--customers", "2000"),
        ("--published", "whole.csv"),
    ],
)
def test_an_option_of_another_data_set_is_refused(asked: tuple[str, ...], tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["--home", str(tmp_path), "sample", *asked])
    assert refused.exit_code == 1
    assert f"{asked[-2]} says nothing about --set" in refused.output
    assert not (tmp_path / "extracts").exists()


def test_every_data_set_takes_options_that_the_command_has() -> None:
    assert len(data_sets()) > 1
    options = {option.name for option in sample.params} - {"data_set"}
    assert set().union(*(data_set(name).OPTIONS for name in data_sets())) == options


def test_an_enabled_source_means_its_data_set_and_any_other_the_default() -> None:
    default, *others = data_sets()
    assert default == DEFAULT
    for name in others:
        source = data_set(name).SOURCE
        if source is None:  # several sources, as the default has: taken by name alone
            continue
        assert source in load_contracts()
        assert data_set_of(("ecb", source)) is data_set(name)
    assert data_set_of(("ecb", "shopify")) is data_set(DEFAULT)

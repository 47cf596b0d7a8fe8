"""`clientele sample`: nothing that was asked for is passed over in silence."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli.main import main


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

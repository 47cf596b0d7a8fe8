"""The published CDNOW purchases through a whole night."""

from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import clientele, latest

from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations


def test_cdnow_takes_the_whole_path_and_comes_near_the_published_fits(
    tmp_path: Path, give_dbt: Callable[[Path], None]
) -> None:
    give_dbt(tmp_path)
    done = clientele(
        tmp_path,
        "nightly",
        "--sample",
        settings=PROJECT / "ingestion" / "samples" / "cdnow" / "clientele.yml",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert latest(tmp_path)["identity"]["customers"] == 2357
    connection = connect(Generations(tmp_path / "generations").current_inputs())
    rows = connection.execute(
        "select model, parameter, value, log_likelihood from marts.ltv_fits"
    ).fetchall()
    connection.close()
    fits = {(model, parameter): float(value) for model, parameter, value, _ in rows}
    # The papers count eight first orders of nothing, which are no purchases here.
    published = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
    assert {name: fits["bg_nbd", name] for name in published} == pytest.approx(published, rel=0.01)
    spend = {"p": 6.2496, "q": 3.7442, "gamma": 15.4435}
    assert {name: fits["gamma_gamma", name] for name in spend} == pytest.approx(spend, rel=0.01)
    likelihoods = {float(likelihood) for model, _, _, likelihood in rows if model == "bg_nbd"}
    assert likelihoods.pop() == pytest.approx(-9582.43, abs=5)
    assert not likelihoods

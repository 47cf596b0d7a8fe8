"""What Great Expectations imports and nobody uses waits until somebody does."""

import json
import subprocess
import sys

from expectations.late_imports import RARELY_USED

_GATE = """
import json, sys, types
from expectations.late_imports import RARELY_USED, import_later
import_later(*RARELY_USED)
import expectations.evaluate
waiting = [type(sys.modules[name]).__name__ for name in RARELY_USED]
from great_expectations.expectations.metrics.column_aggregate_metrics import (
    column_parameterized_distribution_ks_test_p_value as uses_stats,
)
from great_expectations.expectations.core import (
    expect_column_kl_divergence_to_be_less_than as uses_charts,
)
p_value = float(uses_stats.stats.kstest([0.1, 0.5, 0.9], "uniform").pvalue)
chart = uses_charts.alt.Chart.__name__
import scipy.stats
print(json.dumps([waiting, p_value, chart, scipy.stats.norm.cdf(0)]))
"""


def test_a_gate_imports_them_when_they_are_used_and_not_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _GATE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    waiting, p_value, chart, half = json.loads(done.stdout)
    assert waiting == ["_Later"] * len(RARELY_USED), "Great Expectations uses one at import"
    assert 0.9 < p_value < 1
    assert (chart, half) == ("Chart", 0.5)

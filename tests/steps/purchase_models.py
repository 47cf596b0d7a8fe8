"""The purchase models, and customers and parameters to try them on."""

import numpy as np

from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.nbd import NegativeBinomial
from orchestration.steps.ltv.pareto_nbd import ParetoNBD

BG, MBG, NBD, PARETO = (
    BetaGeometric(),
    BetaGeometric(drops_out_after_first=True),
    NegativeBinomial(),
    ParetoNBD(),
)
THETA = np.array([0.4, 7.0, 0.8, 2.5])
CELLS = Cells.from_days(
    np.array([0, 0, 1, 1, 3, 40]),
    np.array([0, 0, 5, 300, 200, 390]),
    np.array([0, 400, 400, 300, 400, 400]),
    np.array([3, 1, 4, 1, 5, 2]),
)

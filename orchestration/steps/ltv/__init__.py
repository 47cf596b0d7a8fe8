"""Lifetime value: how many orders each customer will still make, and what they will be worth.

Pure mathematics in `cells`, `bg_nbd`, `pareto_nbd`, `nbd`, `gamma_gamma`, `fit`, `forecast`,
`ranges`, `accuracy`; decisions in `gates`, `backtest` and `score`; files in `tables` and `step`.
`report` names the columns without importing any of the mathematics, which is dear to load.
A further purchase model is one module that is a `models.PurchaseModel`, and one entry in
`score.CANDIDATES`.
"""

import os

# The matrices here are four by four: a BLAS that spreads them over threads waits more than it
# computes (two thirds of a small fit's time), and it reads this variable once, when scipy is first
# loaded. Whoever sets it otherwise is obeyed.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

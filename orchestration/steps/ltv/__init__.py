"""Lifetime value: how many orders each customer will still make, and what they will be worth.

Pure mathematics in `cells`, `bg_nbd`, `nbd`, `gamma_gamma`, `fit`, `forecast`, `ranges`; decisions in `gates` and `score`; files in `step`.
A further purchase model is one module that is a `models.PurchaseModel`.
"""

from orchestration.steps.ltv.report import FIT_COLUMNS, LtvReport, score_columns
from orchestration.steps.ltv.step import run_ltv

__all__ = ["FIT_COLUMNS", "LtvReport", "run_ltv", "score_columns"]

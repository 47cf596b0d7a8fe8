"""What fitting and scoring ask of a purchase model;
each model has its own module and knows nothing of customers, money or files."""

from typing import Protocol

from orchestration.steps.ltv.cells import Cells, Floats


class PurchaseModel(Protocol):
    """A "buy till you die" model whose forecast needs only x and T once the customer is
    known to be alive.

    Parameters are positive and given in the order of `parameter_names`, shape
    (k,). Time is in weeks.
    """

    @property
    def name(self) -> str:
        """As in the tables: `bg_nbd`, …"""

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """As in the paper."""

    @property
    def starts(self) -> tuple[tuple[float, ...], ...]:
        """Points to start the search from."""

    def log_likelihood(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        """Log-likelihood of one customer of each cell, shape (cells,),
        and its gradient by the *logs* of the parameters, (k, cells)."""

    def probability_alive(self, parameters: Floats, cells: Cells) -> Floats:
        """P(alive at T | x, t_x, T), shape (cells,)."""

    def orders_at_least(
        self, parameters: Floats, count: int, repeats: Floats, age: Floats, weeks: float | Floats
    ) -> Floats:
        """P(Y >= count | alive at T, x, T) for the order days Y of the `weeks` after T
        (one number or one a row); count >= 1; shape of `repeats`."""

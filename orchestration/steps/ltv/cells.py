"""Purchase histories as distinct cells: what every purchase model is fitted to and scored on.

No money, no customers in here.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAYS_PER_WEEK = 7.0


@dataclass(frozen=True)
class Cells:
    """Distinct (x, t_x, T) with the number of customers that share each;
    all arrays have shape (cells,).

    repeats: x, order days after the first. recency: t_x, weeks from the first to the last
    order day. age: T, weeks from the first order day to the as-of date. weight: customers.
    `distinct_repeats` (shape (k,)) and `repeat_index` let a model evaluate its gamma and digamma
    functions once per distinct x.
    """

    repeats: Floats
    recency: Floats
    age: Floats
    weight: Floats
    distinct_repeats: Floats
    repeat_index: Integers

    @classmethod
    def from_days(
        cls, repeats: Integers, recency_days: Integers, age_days: Integers, weight: Integers
    ) -> "Cells":
        """Cells from whole days (never from whole weeks: on the CDNOW sample that alone moves
        alpha by a tenth)."""
        return cls._of(
            repeats.astype(np.float64),
            recency_days.astype(np.float64) / DAYS_PER_WEEK,
            age_days.astype(np.float64) / DAYS_PER_WEEK,
            weight.astype(np.float64),
        )

    @classmethod
    def _of(cls, repeats: Floats, recency: Floats, age: Floats, weight: Floats) -> "Cells":
        distinct, index = np.unique(repeats, return_inverse=True)
        return cls(repeats, recency, age, weight, distinct, index.astype(np.int64))

    def __len__(self) -> int:
        return len(self.repeats)

    @property
    def customers_count(self) -> int:
        return int(self.weight.sum())

    @cached_property
    def pairs(self) -> tuple[Floats, Floats, Integers]:
        """Distinct (x, T), shape (pairs,) each, and for each cell the index of its pair:
        forecasts given alive need no more."""
        ages, age_index = np.unique(self.age, return_inverse=True)
        keys, index = np.unique(self.repeat_index * len(ages) + age_index, return_inverse=True)
        return (
            self.distinct_repeats[keys // len(ages)],
            ages[keys % len(ages)],
            index.astype(np.int64),
        )

    def thinned(self, most: int) -> "Cells":
        """At most `most` cells, every k-th in the given order:
        a sample that is the same every night for the same histories."""
        if len(self) <= most:
            return self
        step = -(-len(self) // most)
        return self._of(
            self.repeats[::step], self.recency[::step], self.age[::step], self.weight[::step]
        )

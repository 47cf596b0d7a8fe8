"""What a likeness weighs: first estimates by Splink, then all of them and the prior learnt together
on the pairs themselves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from orchestration.steps.match.levels import COMPARISONS

# A share that was never seen in the sample counts as this one.
UNSEEN = 1e-6
PRIOR_ROUNDS = 12
PRIOR_IS_STABLE = 1e-3
JOINT_ROUNDS = 6


class MatchError(Exception):
    """The records do not allow a model to be learnt;
    the message says what is missing and the remedy."""


@dataclass(frozen=True)
class Model:
    """Shares of a level among pairs of one person (`m`) and of two (`u`),
    per comparison from level 0 up, and the prior.

    `prior`: the probability that two records taken at random are one person.
    """

    prior: float
    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]

    def weight(self, level_prefix: str = "level_", frequency: str = "frequency_weight") -> str:
        """SQL of a pair's weight: log2 of the odds that it is one person."""
        terms = [f"{_log_odds(self.prior)!r}", frequency]
        for name, shares in self.m.items():
            whens = " ".join(
                f"when {level} then {math.log2(max(m, UNSEEN) / max(u, UNSEEN))!r}"
                for level, (m, u) in enumerate(zip(shares, self.u[name], strict=True))
            )
            terms.append(f"case {level_prefix}{name} {whens} else 0.0 end")
        return " + ".join(terms)


def probability(weight: str) -> str:
    """SQL of the probability that belongs to a weight."""
    return f"1.0 / (1.0 + pow(2.0, -({weight})))"


def _log_odds(prior: float) -> float:
    return math.log2(prior / (1 - prior))


def read_model(settings: Mapping[str, Any], pairs_count: int) -> Model:
    """The model that Splink has learnt so far, from its saved settings.

    A comparison that was never left free keeps Splink's default there without a word: `MatchError`.
    """
    shares: dict[str, dict[str, tuple[float, ...]]] = {"m": {}, "u": {}}
    for found in settings["comparisons"]:
        name = found["output_column_name"]
        levels = [
            level
            for level in reversed(found["comparison_levels"])
            if not level.get("is_null_level")
        ]
        for kind, kept in shares.items():
            values = [level.get(f"{kind}_probability") for level in levels]
            if not any(value is not None for value in values):
                raise MatchError(
                    f"matching: the learnt model holds nothing about {name},"
                    " though it was free to differ; report this"
                )
            kept[name] = tuple(UNSEEN if value is None else float(value) for value in values)
    prior = min(max(float(settings["probability_two_random_records_match"]), 1 / pairs_count), 0.5)
    return Model(prior, shares["m"], shares["u"])


def learn_jointly(connection: duckdb.DuckDBPyConnection, model: Model, pairs_count: int) -> Model:
    """Make the prior what it itself leads to expect, then the shares and the prior together,
    on table `blocked`; u stays as it is.

    Rules of thumb for the prior hang on a guess of what they miss; from a wrong prior the joint
    step may settle on a wrong world.
    """
    for _ in range(PRIOR_ROUNDS):
        expected, _shares = _expectation(connection, model, pairs_count)
        moved = abs(math.log(expected / model.prior))
        model = replace(model, prior=expected)
        if moved < PRIOR_IS_STABLE:
            break
    for _ in range(JOINT_ROUNDS):
        expected, shares = _expectation(connection, model, pairs_count)
        model = replace(model, prior=expected, m=shares)
    return model


def _expectation(
    connection: duckdb.DuckDBPyConnection, model: Model, pairs_count: int
) -> tuple[float, dict[str, tuple[float, ...]]]:
    """The prior and the shares that the model's own probabilities add up to.

    Sums are of whole billionths: real numbers added in parallel give another last digit each time.
    """
    names = list(model.m)
    sets = ", ".join(f"(level_{name})" for name in names)
    levels = ", ".join(f"level_{name}" for name in names)
    of_set = ", ".join(f"grouping(level_{name})" for name in names)
    rows = connection.execute(
        f"with scored as (select {levels},"
        f" round({probability(model.weight())} * 1e9)::hugeint as billionths from blocked)"
        f" select {levels}, {of_set}, sum(billionths)::double / 1e9 from scored"
        f" group by grouping sets ((), {sets})"
    ).fetchall()
    size = len(names)
    counts = {name: [0.0] * (len(COMPARISONS[name]) + 1) for name in names}
    total = 0.0
    for row in rows:
        grouped = [place for place in range(size) if row[size + place] == 0]
        if not grouped:
            total = row[-1] or 0.0
        elif row[grouped[0]] >= 0:
            counts[names[grouped[0]]][row[grouped[0]]] = row[-1]
    expected = min(max(total / pairs_count, 1e-3 / pairs_count), 0.5)
    shares = {
        name: tuple(max(count / sum(found), UNSEEN) for count in found)
        if sum(found) > 0
        else tuple(model.m[name])
        for name, found in counts.items()
    }
    return expected, shares

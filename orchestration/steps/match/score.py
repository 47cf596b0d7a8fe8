"""Records in, scored pairs out (see `match_records`)."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ingestion.limits import NO_LIMITS, Limits
from orchestration.steps.match.blocking import Blocking, Rule, choose, count_pairs
from orchestration.steps.match.levels import COMPARISONS, GROUND, VETO, comparison
from orchestration.steps.match.model import (
    MatchError,
    Model,
    learn_jointly,
    probability,
    read_model,
)
from orchestration.steps.match.records import load_records

# All pairs are scored inside what edges of at least this weight hold together: a refusal must see
# the pairs that blocking missed.
CANDIDATE_WEIGHT = -1.0
SAMPLED_PAIRS = 1e5
SEED = 1
# As many as Splink has; and where that fails, one, which is where the joint learning begins then:
# pairs may be so clearly parted that a share falls below what a number can hold. A linker whose
# training broke off is good for nothing, so each begins anew.
MAXIMISATION_ROUNDS = (25, 1)
PAIR_SCHEMA = pa.schema(
    [
        ("left_record", pa.string()),
        ("right_record", pa.string()),
        ("weight", pa.float64()),
        ("probability", pa.float64()),
        ("is_vetoed", pa.bool_()),
        ("has_ground", pa.bool_()),
    ]
)
EDGE_SCHEMA = pa.schema([("left_record", pa.string()), ("right_record", pa.string())])


@dataclass(frozen=True)
class Matches:
    """Scored pairs (`PAIR_SCHEMA`, the smaller id left, in the order of ids),
    the model behind them, and how pairs were looked for."""

    pairs: pa.Table
    model: Model
    blocking: Blocking
    records_count: int


def match_records(
    records: pa.Table, edges: pa.Table | None = None, limits: Limits = NO_LIMITS
) -> Matches:
    """Weigh every pair of records that could be one person (`RECORD_COLUMNS` in).

    edges (`EDGE_SCHEMA`): pairs that are joined for other reasons (an e-mail address); what they
    bring together is scored too, so that it can be refused. A column that no record fills is not
    compared. The same records give the same pairs, in any order of rows.
    Errors: `MatchError` when there is nothing to learn from, `ValueError` on repeated ids.
    """
    # A database of its own: Splink leaves some twenty tables behind.
    with (
        TemporaryDirectory() as spill,
        duckdb.connect() as connection,
        _quiet(),
    ):
        limits.set_on(connection, Path(spill) / "match")
        connection.execute(
            "set enable_progress_bar = false"
        )  # it would be drawn over the night's own lines
        load_records(connection, records)
        count = connection.execute("select count(*) from prepared").fetchall()[0][0]
        blocking = choose(connection)
        if not blocking.pairs_count:
            raise MatchError(
                f"matching: no two of {count} records have anything in common;"
                " switch match_by_name off for these sources"
            )
        return Matches(*_match(connection, blocking, edges, count), blocking, count)


def _match(
    connection: duckdb.DuckDBPyConnection, blocking: Blocking, edges: pa.Table | None, count: int
) -> tuple[pa.Table, Model]:
    # Splink takes a third of a second to import: only a night that matches pays for it.
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    filled = connection.execute(
        f"select {', '.join(f'count({name})' for name in COMPARISONS)} from prepared"
    ).fetchall()[0]
    names = [name for name, values in zip(COMPARISONS, filled, strict=True) if values]
    api = DuckDBAPI(connection)
    prepared = api.register("prepared")

    def new_linker(rounds: int) -> Linker:
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="record_id",
            comparisons=[comparison(name) for name in names],
            blocking_rules_to_generate_predictions=[block_on(*rule) for rule in blocking.rules],
            max_iterations=rounds,
            # Only then does Splink give the levels and what rare values add.
            retain_matching_columns=True,
            retain_intermediate_calculation_columns=True,
        )
        return Linker(prepared, settings, log_level=None)

    pairs_count = count * (count - 1) // 2
    linker, model = _first_estimates(connection, new_linker, names, pairs_count)
    blocked = linker.inference.predict(warning_mode="never")
    connection.execute(
        f"create table blocked as {_levels(connection, blocked.physical_name, names)}"
    )
    blocked.drop_table_from_database_and_remove_from_cache()
    model = learn_jointly(connection, model, pairs_count)

    _candidates(connection, model, edges)
    scored = linker.inference.predict_within(
        api.register("candidates"),
        blocking_rules_to_generate_predictions=[block_on("component")],
        warning_mode="never",
    )
    connection.execute(f"create table scored as {_levels(connection, scored.physical_name, names)}")
    missing = [f"-1 as level_{name}" for name in COMPARISONS if name not in names]
    weighed = (
        f"select *, round({model.weight()},"
        f" 4) as weight{''.join(f', {column}' for column in missing)} from scored"
    )
    pairs = connection.execute(
        f"select left_record, right_record, weight, {probability('weight')} as probability,"
        f" {VETO} as is_vetoed, {GROUND} as has_ground"
        f" from ({weighed}) order by left_record, right_record"
    ).to_arrow_table()
    return pairs.cast(PAIR_SCHEMA), model


def _first_estimates(
    connection: duckdb.DuckDBPyConnection,
    new_linker: Callable[[int], Any],
    names: list[str],
    pairs_count: int,
) -> tuple[Any, Model]:
    """A trained linker, and what it has learnt: u by sampling; m by expectation maximisation,
    each attribute free in at least one of the blocks; the prior by plain rules.

    `new_linker` takes the rounds that a maximisation may have.
    """
    whole = ("first_name", "surname", "date_of_birth")
    sure = [rule for rule in (("email",), ("personal_id",), whole) if set(rule) <= set(names)]
    blocks = [
        rule
        for rule in (("date_of_birth",), ("email",), ("personal_id",), ("first_name", "surname"))
        if set(rule) <= set(names)
    ]
    pairs = count_pairs(connection, blocks)
    blocks = [rule for rule in blocks if pairs[rule]]
    never_free = [name for name in names if all(_uses(rule, name) for rule in blocks)]
    if never_free:
        raise MatchError(
            f"matching: nothing could be learnt about {', '.join(never_free)}:"
            " no two records share another attribute while these are free to differ;"
            " leave the column out, or match this source together with one that says more"
        )
    recall = 0.8 if "personal_id" in names else 0.5
    for rounds in MAXIMISATION_ROUNDS:
        linker = new_linker(rounds)
        error = _train(linker, sure, blocks, recall)
        if error is None:
            return linker, read_model(linker.misc.save_model_to_json(), pairs_count)
    raise MatchError(
        f"matching: these records are too few or too much alike to learn from: {error}"
    )


def _train(linker: Any, sure: Sequence[Rule], blocks: Sequence[Rule], recall: float) -> str | None:
    """Train a new linker; why it could not be done, in Splink's words."""
    from splink import block_on
    from splink.internals.exceptions import EMTrainingException

    try:
        if sure:
            linker.training.estimate_probability_two_random_records_match(
                [block_on(*rule) for rule in sure], recall=recall
            )
        # One pass over the whole sample: stopping early would only save what is cheap.
        linker.training.estimate_u_using_random_sampling(
            max_pairs=SAMPLED_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
        )
        for rule in blocks:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    except (ValueError, EMTrainingException) as error:
        return str(error).splitlines()[0]
    return None


def _uses(rule: Rule, name: str) -> bool:
    """Whether a comparison is fixed where pairs agree on a rule:
    the two names look at each other's column."""
    names = ("first_name", "surname")
    return name in rule or (name in names and bool(set(names) & set(rule)))


def _levels(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> str:
    """Splink's scored pairs as levels and the sum of what rare values add."""
    columns = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    added = [f"mw_tf_adj_{name}" for name in names if f"mw_tf_adj_{name}" in columns] or ["0.0"]
    levels = ", ".join(f"gamma_{name}::tinyint as level_{name}" for name in names)
    return (
        f"select record_id_l as left_record, record_id_r as right_record, {levels},"
        f" {' + '.join(added)} as frequency_weight from {table}"
    )


def _candidates(
    connection: duckdb.DuckDBPyConnection, model: Model, edges: pa.Table | None
) -> None:
    """Make table `candidates`: the prepared records of components of more than one,
    with the component's number."""
    connection.register(
        "given_edges",
        EDGE_SCHEMA.empty_table() if edges is None else edges.select(EDGE_SCHEMA.names),
    )
    try:
        found = connection.execute(
            "with numbered as (select record_id, row_number() over"
            " (order by record_id) - 1 as number from prepared), joined as (select left_record,"
            f" right_record from blocked where {model.weight()} >= {CANDIDATE_WEIGHT}"
            " union select left_record, right_record from given_edges)"
            " select l.number as left_number, r.number as right_number from joined"
            " inner join numbered as l on joined.left_record = l.record_id"
            " inner join numbered as r on joined.right_record = r.record_id"
        ).fetchnumpy()
    finally:
        connection.unregister("given_edges")
    ids = connection.execute("select record_id from prepared order by record_id").to_arrow_table()
    graph = coo_matrix(
        (
            np.ones(len(found["left_number"]), dtype=np.int8),
            (found["left_number"], found["right_number"]),
        ),
        (len(ids),) * 2,
    )
    component = connected_components(graph, directed=False)[1]
    connection.register("components", ids.append_column("component", pa.array(component)))
    connection.execute(
        "create table candidates as select prepared.*, component from prepared"
        " inner join components using (record_id)"
        " qualify count(*) over (partition by component) > 1 order by record_id"
    )
    connection.unregister("components")


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells at length what it does, with conditions and counts:
    none of it belongs in a night's log."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)

"""Ways of stitching that are measured: by e-mail alone, by Splink as its documentation
shows it, and ours."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from identity_scores import Quality, quality

from orchestration.steps.match.columns import THRESHOLD
from orchestration.steps.match.resolve import EDGES, Resolution, match_edges, resolve
from orchestration.steps.match.score import PAIR_SCHEMA, Matches, match_records

# An address on more records than this identifies nobody.
EMAIL_CAP = 10
NAME_PRIORITY = 9

EMAIL_EDGES = """
with addresses as (
    select record_id, lower(trim(email)) as address from records
    where email is not null qualify count(*) over (partition by address) <= $cap
)
select
    one.record_id as left_record,
    two.record_id as right_record,
    'email' as rule,
    3::bigint as priority,
    null::double as weight,
    false as is_certain
from addresses as one
inner join addresses as two on one.address = two.address and one.record_id < two.record_id
"""


@dataclass(frozen=True)
class Stitched:
    """A set after matching: to be resolved at any threshold."""

    records: pa.Table
    email: pa.Table
    matches: Matches

    def at(self, threshold: float = THRESHOLD) -> Resolution:
        return resolve(
            pa.concat_tables(
                [self.email, match_edges(self.matches.pairs, NAME_PRIORITY, threshold)]
            ),
            self.matches.pairs,
        )


def ours(records: pa.Table) -> Stitched:
    """E-mail addresses first, then likeness, with refusals: as a night does it."""
    email = email_edges(records)
    return Stitched(records, email, match_records(records, email))


def email_edges(records: pa.Table) -> pa.Table:
    if "email" not in records.column_names:
        return EDGES.empty_table()
    with duckdb.connect() as connection:
        connection.register("records", records)
        return connection.execute(EMAIL_EDGES, {"cap": EMAIL_CAP}).to_arrow_table().cast(EDGES)


def by_email(records: pa.Table) -> pa.Table:
    """Records with one address are one person, and nothing else counts."""
    return resolve(email_edges(records), PAIR_SCHEMA.empty_table()).groups


class Documented:
    """Splink with the comparisons, blocking and training of its own example of deduplicating these
    columns; clusters at any threshold."""

    def __init__(self, records: pa.Table) -> None:
        import splink.comparison_library as cl
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on

        logging.getLogger("splink").setLevel(logging.ERROR)
        self.records = records
        self.connection = duckdb.connect()
        self.connection.register("given", records)
        cleaned = ", ".join(
            f"nullif({name}, '') as {name}" for name in records.column_names if name != "person"
        )
        self.connection.execute(
            f"create table people as select {cleaned} from given order by record_id"
        )
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="record_id",
            comparisons=[
                cl.NameComparison("first_name"),
                cl.NameComparison("surname"),
                cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
                cl.ExactMatch("city").configure(term_frequency_adjustments=True),
                cl.EmailComparison("email"),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("first_name", "city"),
                block_on("surname"),
                block_on("date_of_birth"),
                block_on("email"),
            ],
        )
        self.linker = Linker(
            DuckDBAPI(self.connection).register("people"), settings, log_level=None
        )
        training = self.linker.training
        rules = [
            block_on("first_name", "date_of_birth"),
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            block_on("email"),
        ]
        training.estimate_probability_two_random_records_match(rules, recall=0.7)
        training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        training.estimate_parameters_using_expectation_maximisation(
            block_on("first_name", "surname")
        )
        training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
        self.predictions = self.linker.inference.predict(
            threshold_match_probability=0.01, warning_mode="never"
        )

    def at(self, threshold: float) -> pa.Table:
        clusters = self.linker.clustering.cluster_pairwise_predictions_at_threshold(
            self.predictions, threshold_match_probability=threshold
        )
        return self.connection.execute(
            f"select record_id, cluster_id as group_id from {clusters.physical_name}"
        ).to_arrow_table()

    def best_f1(self, thresholds: Iterable[float]) -> tuple[Quality, float]:
        return max(
            ((quality(self.records, self.at(threshold)), threshold) for threshold in thresholds),
            key=lambda found: found[0].f1,
        )

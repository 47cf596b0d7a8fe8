"""What others know of matching without loading it:
the threshold, and the columns of what the step writes, with DuckDB types."""

# How probable a pair must be to be an edge; the setting match_threshold moves it.
THRESHOLD = 0.8

MATCH_COLUMNS: dict[str, str] = {
    "left_record_id": "varchar",
    "right_record_id": "varchar",
    "weight": "double",
    "probability": "double",
}
REFUSAL_COLUMNS: dict[str, str] = {
    "left_record_id": "varchar",
    "right_record_id": "varchar",
    "weight": "double",
    "left_size": "bigint",
    "right_size": "bigint",
    "against_count": "bigint",
}

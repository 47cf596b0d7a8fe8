"""In which columns of texts a file of JSON lines has numbers with a point: it came through a
table of floats, which makes 77.0 of the id 77. Told by its beginning, for the night's report."""

import json
import re

import duckdb
import pyarrow as pa

from ingestion.contracts.contract import TableContract
from ingestion.readers.json_shapes import json_path
from ingestion.sql import quote

LOOKED_AT_BYTES = 64 << 10


def numbers_in_texts(
    table: TableContract, connection: duckdb.DuckDBPyConnection, first: pa.RecordBatch | None
) -> list[str]:
    """The names of these columns; `first` is the file's first batch, of which a part is read."""
    columns = [column for column in table.columns if column.type.kind == "text"]
    if first is None or not columns:
        return []
    data = first["line"].buffers()[2]
    keys = "|".join(re.escape(json.dumps(column.path[-1])) for column in columns)
    number = re.compile(rf"(?:{keys})\s*:\s*-?\d+[.eE]".encode())
    if data is None or not number.search(memoryview(data)[:LOOKED_AT_BYTES]):
        return []
    connection.register("first_batch", pa.Table.from_batches([first]))
    paths = ", ".join(quote(json_path(column.path)) for column in columns)
    rows = connection.execute(
        f"select distinct unnest(list_zip(range({len(columns)}), json_type(line, [{paths}])))"
        " as found from first_batch where line_fault is null and json_valid(line)"
    ).fetchall()
    numbered = {found[0] for (found,) in rows if found[1] == "DOUBLE"}
    return [column.name for i, column in enumerate(columns) if i in numbered]

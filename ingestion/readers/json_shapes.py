"""Which keys the lines of a table have: those that are known to hold nothing unknown and nothing
twice need no look of their own."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.contracts.contract import TableContract
from ingestion.readers.field_tree import parents_of, tree_of
from ingestion.sql import parquet, quote

MAX_SHAPES = 64
WORTH_LEARNING_ROWS = 1000
LEARNED_ROWS = 2048
FIELDS_SHOWN = 50
_FIELD = r"[A-Za-z_$][\w$:-]{0,63}"
_NUMBER = r"\d{6}"
Shape = tuple[tuple[str, ...] | None, ...]


class Shapes:
    """The key lists of a table's lines that are known to hold nothing unknown and nothing twice;
    others are looked at row by row."""

    def __init__(self, table: TableContract) -> None:
        self.tree = tree_of(table)
        self.parents = parents_of(self.tree)
        self.paths = ["$", *(json_path(parent) for parent in self.parents)]
        self.known: list[Shape] = []

    def learn(self, connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch) -> None:
        """Take the clean shapes of a file's first batch;
        not worth it for the few rows of a small file when some are known."""
        if self.known and batch.num_rows < WORTH_LEARNING_ROWS:
            return
        connection.register("first_batch", pa.Table.from_batches([batch[:LEARNED_ROWS]]))
        query = (
            f"select distinct json_keys(line, {as_list(self.paths)}) from first_batch"
            f" where line_fault is null and json_valid(line) limit {4 * MAX_SHAPES}"
        )
        for (found,) in connection.execute(query).fetchall():
            shape = tuple(None if keys is None else tuple(keys) for keys in found)
            if shape not in self.known and self._is_clean(shape) and len(self.known) < MAX_SHAPES:
                self.known.append(shape)

    def _is_clean(self, shape: Shape) -> bool:
        if not shape[0]:
            return False
        for keys, parent in zip(shape, [(), *self.parents], strict=True):
            if keys and (len(set(keys)) < len(keys) or not set(keys) <= set(self.children(parent))):
                return False
        return True

    def unknown(self, connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
        """Paths of the keys in `_extra` of a raw file that the contract does not know.

        A key may be a value (an address, a number): shown are those that have the shape of
        a field's name, the others counted.
        """
        found: list[str] = []
        hidden = 0
        for parent in [(), *self.parents]:
            keys = (
                f"select distinct unnest(json_keys(_extra, {quote(json_path(parent))})) as key"
                f" from {parquet(file)}"
            )
            query = f"""
                with keys as ({keys} where _extra is not null),
                unknown as (
                    select
                        key,
                        regexp_full_match(key, {quote(_FIELD)})
                        and not regexp_matches(key, {quote(_NUMBER)}) as is_name
                    from keys
                    where not list_contains({as_list(self.children(parent))}, key)
                )
                select
                    list(key order by key) filter (is_name),
                    count(*) filter (not is_name)
                from unknown
            """
            names, others = connection.execute(query).fetchall()[0]
            found += [".".join((*parent, key)) for key in names or []]
            hidden += others
        shown = sorted(found)[:FIELDS_SHOWN]
        hidden += len(found) - len(shown)
        return [*shown, *([f"and {hidden} more"] if hidden else [])]

    def children(self, parent: tuple[str, ...]) -> list[str]:
        """The keys that the contract knows inside an object."""
        node = self.tree
        for key in parent:
            node = node[key]
        return list(node)

    def is_known(self, keys: str) -> str:
        """SQL: whether the list of keys `keys` is a known one. Held against each other are hashes
        of 64 bits: of six lists of lists each comparison would cost as much as reading them."""
        shapes = [
            ", ".join("null" if keys is None else as_list(keys) for keys in shape)
            for shape in self.known
        ]
        known = ", ".join(f"hash([{shape}])" for shape in shapes)
        return f"hash({keys}) in ({known})" if known else "false"


def json_path(path: tuple[str, ...]) -> str:
    """A path of keys as DuckDB's functions of JSON take it."""
    return "$" + "".join('."' + key.replace('"', '\\"') + '"' for key in path)


def as_list(texts: Iterable[str]) -> str:
    """Texts as a literal of SQL."""
    return "[" + ", ".join(quote(text) for text in texts) + "]"

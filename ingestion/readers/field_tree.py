"""The fields that a contract knows of a JSON object, as a tree: objects and what is in them."""

from typing import Any

from ingestion.contracts.contract import TableContract

Tree = dict[str, Any]  # key → the tree below it; empty for a value


def tree_of(table: TableContract) -> Tree:
    """The fields of a table, taken apart along their paths."""
    tree: Tree = {}
    for column in table.columns:
        node = tree
        for key in column.path[:-1]:
            node = node.setdefault(key, {})
        node[column.path[-1]] = {}
    return tree


def parents_of(tree: Tree, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of the objects in a tree, the outer before the inner."""
    found = []
    for key, inner in tree.items():
        if inner:
            found += [(*above, key), *parents_of(inner, (*above, key))]
    return found


def transform_of(tree: Tree, table: TableContract, above: tuple[str, ...] = ()) -> Tree:
    """The structure that DuckDB's json_transform takes for a tree."""
    kinds = {
        column.path: "JSON" if column.type.kind == "json" else "VARCHAR" for column in table.columns
    }
    return {
        key: transform_of(inner, table, (*above, key)) if inner else kinds[(*above, key)]
        for key, inner in tree.items()
    }

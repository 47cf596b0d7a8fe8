"""The declared syncs: readable by the engine, consent-gated, and sending columns that exist."""

import re
from typing import Any

from orchestration.reverse_etl.spec import read_syncs


def test_every_sync_names_purpose_channel_and_contact_point(manifest: dict[str, Any]) -> None:
    syncs = read_syncs(manifest)
    assert syncs
    for sync in syncs:
        assert (sync.purpose and sync.channel and sync.contact_point) or not sync.personal_data, (
            sync.name
        )


def test_key_and_contact_point_are_columns_of_the_payload(manifest: dict[str, Any]) -> None:
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    for sync in read_syncs(manifest):
        columns = models[sync.relation[1]]["columns"]
        assert {sync.key, sync.contact_point, *sync.fields} - {None} <= set(columns), sync.name


def test_no_payload_holds_what_changes_every_day_by_itself(manifest: dict[str, Any]) -> None:
    for sync in read_syncs(manifest):
        model = next(
            node for node in manifest["nodes"].values() if node["name"] == sync.relation[1]
        )
        sent = sync.fields or tuple(model["columns"])
        assert not any(
            "days_since" in column or column.startswith("predicted_") for column in sent
        ), sync.name


def test_a_name_gets_into_a_text_only_as_what_is_a_name(manifest: dict[str, Any]) -> None:
    """A model of messages passes every name through the macro: what somebody wrote into a form
    would go out in the shop's words."""
    macro = "macro.clientele.name_in_text"
    nodes = {node["name"]: node for node in manifest["nodes"].values() if "raw_code" in node}
    asked = 0
    for sync in read_syncs(manifest):
        node = nodes[sync.relation[1]]
        joined = re.sub(r"\{\{ name_in_text\('(\w+\.)?\w+'\) \}\}", "", node["raw_code"])
        lines = [line for line in joined.splitlines() if "||" in line or "concat" in line]
        assert not any("_name" in line for line in lines), sync.name
        asked += macro in node["depends_on"]["macros"]
    assert asked

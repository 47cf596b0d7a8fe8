"""The declared syncs: readable by the engine, consent-gated, and sending columns that exist."""

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

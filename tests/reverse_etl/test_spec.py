"""What `meta.sync` of an exposure may say, and how a mistake is named."""

import pytest

from orchestration.reverse_etl.spec import SpecError, Thresholds, read_syncs

MODEL = {
    "resource_type": "model",
    "name": "sync_hubspot__contacts",
    "schema": "sync",
    "alias": "sync_hubspot__contacts",
    "columns": {"customer_id": {}, "mail": {"meta": {"pii": "email"}}},
}
SYNC = {
    "destination": "hubspot",
    "object": "contacts",
    "model": "sync_hubspot__contacts",
    "key": "customer_id",
    "purpose": "marketing",
    "channel": "email",
    "contact_point": "mail",
}


def manifest(sync, *, meta_in_config=False):
    meta = {"config": {"meta": {"sync": sync}}} if meta_in_config else {"meta": {"sync": sync}}
    plain = {"name": "a_dashboard", "meta": {}}
    return {
        "nodes": {"model.x": MODEL},
        "exposures": {"exposure.a": {"name": "contacts", **meta}, "exposure.b": plain},
    }


@pytest.mark.parametrize("meta_in_config", [False, True])
def test_a_sync_with_its_defaults(meta_in_config):
    (spec,) = read_syncs(manifest(SYNC, meta_in_config=meta_in_config))
    assert (spec.name, spec.relation, spec.mode, spec.on_removal) == (
        "contacts",
        ("sync", "sync_hubspot__contacts"),
        "upsert",
        "ignore",
    )
    assert spec.thresholds == Thresholds(0.10, 50, 0.50, 50, 0.50, 200, 50_000)
    assert not spec.may_be_empty


def test_defaults_that_follow_the_mode():
    (mirror,) = read_syncs(manifest({**SYNC, "mode": "mirror"}))
    (append,) = read_syncs(manifest({**SYNC, "mode": "append"}))
    assert mirror.on_removal == "delete"
    assert append.may_be_empty


def test_thresholds_are_overridden_one_by_one():
    (spec,) = read_syncs(manifest({**SYNC, "thresholds": {"removals_share": 0.2}}))
    assert spec.thresholds == Thresholds(removals_share=0.2)


def test_a_sync_without_a_purpose_is_legal():
    (spec,) = read_syncs(manifest({key: value for key, value in SYNC.items() if key != "purpose"}))
    assert spec.purpose is None


def test_a_segment_is_sent_by_the_fields_that_are_named_or_not_at_all():
    nodes = {
        "model.s": {**MODEL, "name": "seg_lapsing", "alias": "seg_lapsing", "schema": "segments"}
    }
    declared = {**manifest({**SYNC, "model": "seg_lapsing", "fields": ["mail"]}), "nodes": nodes}
    (spec,) = read_syncs(declared)
    assert (spec.relation, spec.fields) == (("segments", "seg_lapsing"), ("mail",))
    with pytest.raises(SpecError, match=r"meta\.sync\.fields"):
        read_syncs({**manifest({**SYNC, "model": "seg_lapsing"}), "nodes": nodes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": None}, "exposure contacts: meta.sync.key is missing"),
        (
            {"mode": "replace"},
            "meta.sync.mode is 'replace'; allowed are upsert, insert, update, mirror, append",
        ),
        ({"on_removal": "drop"}, "meta.sync.on_removal is 'drop'"),
        ({"purpos": "x"}, "meta.sync.purpos is not a setting of a sync"),
        ({"model": "nothing"}, "meta.sync.model names nothing"),
        ({"key": 3}, "meta.sync.key must be text"),
        ({"thresholds": {"removals": 1}}, "meta.sync.thresholds.removals is not a threshold"),
        (
            {"thresholds": {"removals_share": "1"}},
            "meta.sync.thresholds.removals_share must be a number",
        ),
        ({"fields": "mail"}, "meta.sync.fields must be a list"),
        ({"exclude_from_payload": "mail"}, "meta.sync.exclude_from_payload must be a list"),
        ({"nulls": {"mail": "drop"}}, "meta.sync.nulls maps column names to omit, null, clear"),
        ({"may_be_empty": "yes"}, "meta.sync.may_be_empty must be true or false"),
        (
            {"purpose": "none"},
            "exposure contacts: sync contacts: purpose: none is not allowed for personal data",
        ),
        (
            {"purpose": "none", "personal_data": False},
            "personal_data is false, but sync_hubspot__contacts has the personal column",
        ),
    ],
)
def test_a_mistake_is_named(change, message):
    with pytest.raises(SpecError) as caught:
        read_syncs(manifest({**SYNC, **change}))
    assert message in str(caught.value)
    assert "exposure contacts" in str(caught.value)

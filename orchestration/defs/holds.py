"""What a person does about deliveries by hand, from Dagster's launchpad:
look at what the next one would do, decide about a held one."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from orchestration.control.lease import LeaseHeldError
from orchestration.control.store import ControlStore
from orchestration.defs.destinations import GROUP
from orchestration.defs.metadata import table_metadata
from orchestration.defs.resources import own
from orchestration.night.deliveries import (
    dismiss_hold,
    preview_sync,
    published_sync,
    send_approved,
)
from orchestration.reverse_etl.holds import HoldError, waiting_hold
from orchestration.reverse_etl.spec import SpecError
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.generations import NoGenerationError


class PreviewConfig(dg.Config):
    """Which sync."""

    sync: str = Field(description="Name of the sync, as its exposure has it.")


class DecisionConfig(dg.Config):
    """Which hold, and what about it."""

    hold_id: int = Field(description="Number of the hold, as the sync's message has it.")
    approve: bool = Field(
        description="true: exactly this plan goes out now. false: it is dismissed."
    )
    by: str = Field(description="Who decides; kept in the audit.")


@dg.op(
    description=(
        "Counts, reasons for a hold, fields that change and encoded bodies with their values"
        " hidden, at the sync's asset."
    )
)
def preview(context: dg.OpExecutionContext, config: PreviewConfig) -> None:
    with _by_hand(context) as (settings, store):
        found = preview_sync(settings, store, published_sync(settings, config.sync))
        shown = {
            "rows": table_metadata([found.verdicts]) if found.verdicts else "no candidates",
            "taken back": table_metadata([found.removals]) if found.removals else "nobody",
            "would wait": "; ".join(found.reasons) or "no",
            "fields that change": table_metadata([found.field_changes])
            if found.field_changes
            else "none known",
            "samples": table_metadata(found.samples),
            "bodies": table_metadata([{"body": body} for body in found.bodies]),
        }
        context.log_event(dg.AssetObservation(asset_key=[GROUP, config.sync], metadata=shown))


@dg.op(description="Let exactly the plan of a hold go out now, or dismiss it.")
def decide(context: dg.OpExecutionContext, config: DecisionConfig) -> None:
    with _by_hand(context) as (settings, store):
        sync = waiting_hold(store, config.hold_id)["sync"]
        if config.approve:
            result = send_approved(settings, store, config.hold_id, config.by, context.log.info)
            told = result.told
        else:
            dismiss_hold(store, config.hold_id, config.by)
            told = "dismissed; the next night plans afresh"
        context.log_event(
            dg.AssetObservation(asset_key=[GROUP, sync], metadata={f"hold {config.hold_id}": told})
        )


def jobs() -> list[dg.JobDefinition]:
    """One job for each."""

    @dg.job(
        executor_def=dg.in_process_executor,
        description="What the next delivery of a sync would do, without doing it.",
    )
    def preview_sync() -> None:
        preview()

    @dg.job(
        executor_def=dg.in_process_executor,
        description="Approve or dismiss a sync that was held before its first byte.",
    )
    def decide_hold() -> None:
        decide()

    return [preview_sync, decide_hold]


@contextmanager
def _by_hand(context: dg.OpExecutionContext) -> Iterator[tuple[Settings, ControlStore]]:
    """Settings and control store; what a person has to know ends the run with its own words."""
    own(context.instance, context.run_id)
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        yield settings, store
    except (HoldError, SpecError, LeaseHeldError, NoGenerationError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    finally:
        store.close()

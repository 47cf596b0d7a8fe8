"""What a run comes to: where rows without an outcome are counted, and what a person is told."""

from orchestration.reverse_etl.result import SyncResult


def account_for_the_rest(result: SyncResult, upserts: int, removals: int) -> None:
    """Count the rows that the plan has and no outcome: in flight when the run was interrupted
    (so many `upserts` or `removals`), held, or unsent."""
    rest, removals_rest = result.unaccounted()
    result.unknown += upserts
    result.removals_unknown += removals
    rest -= upserts
    removals_rest -= removals
    if result.status == "held":
        result.held += rest
        result.removals_held += removals_rest
    else:
        result.unsent += rest
        result.removals_unsent += removals_rest


def judge(result: SyncResult, on_rejected: str) -> None:
    """Rejected and unanswered rows are never silent."""
    lines = []
    if rejected := result.rejected + result.removals_rejected:
        lines.append(
            f"{rejected} rows were rejected; the delivery log names the reasons,"
            " and they are tried again with their latest values"
        )
        if on_rejected == "fail":
            result.status = "failed"
    if result.unknown:
        lines.append(
            f"{result.unknown} rows had no answer;"
            " nothing is removed before the next run settles them"
        )
    if result.removals_unknown:
        lines.append(
            f"{result.removals_unknown} rows that left had no answer; the next run asks again"
        )
    result.message = "; ".join(lines) or None

"""Whether a table still gets what is new: days since its newest content, against a limit.

What the rows say is looked at, not file names: a file of yesterday's rows under today's name is
stale.
"""

from expectations.guard import FEW_ROWS, GateContext, Guard, Severity, measure


def fresh(gate: GateContext, column: str, source: str) -> Guard:
    """The newest content of a source's table, against the source's own limit."""
    state = gate.source(source)
    severity: Severity = "critical" if state.required else "warning"
    return newest("newest content is fresh", column, state.freshness_days, severity)


def newest(name: str, column: str, limit: int, severity: Severity) -> Guard:
    """Days from the newest time of a column to the last complete day, `limit` at most.

    Not judged of a table that on the average gets fewer than `FEW_ROWS` rows in that time: in a
    small shop nobody may have changed an address for two months. Times ahead of the night do not
    count: one of them would make a stale table look fresh for ever.
    """
    past = f"filter (where {column} <= getvariable('as_of') + interval 1 day)"
    span = f"greatest(date_diff('day', min({column}), max({column}) {past}), 1)"
    days = f"date_diff('day', (max({column}) {past})::date, getvariable('as_of_date'))"
    return measure(
        name,
        f"case when count(*) * {limit} / {span} >= {FEW_ROWS} then {days} end",
        at_most=limit,
        severity=severity,
        optional=True,
        unit="days",
    )

"""SQL of figures that several suites need: the shape of a distribution, as one number."""

SAMPLED_ROWS = 500_000


def sampled(rows: int, *key: str) -> str:
    """SQL: the filter of an aggregate that keeps about `SAMPLED_ROWS` of a table's `rows`.

    One key in so many, chosen by its hash: all rows of a key or none, the same in every run.
    """
    step = max(1, rows // SAMPLED_ROWS)
    return f"filter (where hash({', '.join(key)}) % {step} = 0)"


def hours_in_common(column: str, relation: str, enough: int = 100) -> str:
    """SQL: how far the hours of the day in the newest file are those of all earlier ones;
    1 = the same, 0 = none in common.

    A clock that was shifted by hours moves the whole profile. Null with fewer than `enough`
    rows on either side.
    """
    return f"""(
        select case when min(newest_rows) >= {enough} and min(earlier_rows) >= {enough}
            then sum(least(newest / newest_rows, earlier / earlier_rows)) end
        from (
            select
                newest,
                earlier,
                sum(newest) over () as newest_rows,
                sum(earlier) over () as earlier_rows
            from (
                select
                    count(*) filter (
                        where _arrival = (select max(_arrival) from {relation})
                    ) as newest,
                    count(*) filter (
                        where _arrival < (select max(_arrival) from {relation})
                    ) as earlier
                from {relation}
                group by hour({column})
            )
        )
    )"""


def last_week(figure: str, day: str, relation: str, enough: int = 30) -> str:
    """SQL: a figure (an aggregate) over the last seven complete days,
    divided by the same over the four weeks before them.

    Null with fewer than `enough` rows on either side. `day` is a date column of the relation.
    """
    last, first = "getvariable('as_of_date') - 6", "getvariable('as_of_date') - 34"
    return f"""(
        select
            max(figure) filter (where is_last)
            / nullif(max(figure) filter (where not is_last), 0)
        from (
            select {day} >= {last} as is_last, ({figure})::double as figure
            from {relation}
            where {day} between {first} and getvariable('as_of_date')
            group by 1
            having count(*) >= {enough}
        )
    )"""


def newest_against_before(figure: str, relation: str, enough: int) -> str:
    """SQL: a figure (an aggregate) over a raw table's newest file,
    divided by the same over all earlier ones.

    Null with fewer than `enough` rows on either side.
    """
    newest = f"_arrival = (select max(_arrival) from {relation})"
    return f"""(
        select
            max(figure) filter (where is_newest)
            / nullif(max(figure) filter (where not is_newest), 0)
        from (
            select {newest} as is_newest, ({figure})::double as figure
            from {relation}
            group by 1
            having count(*) >= {enough}
        )
    )"""


def share_against_before(condition: str, relation: str) -> str:
    """SQL: the share of rows that meet a condition in a raw table's newest file,
    divided by that share in all earlier ones.

    Null where so few rows would be expected to meet it (25, or ten where nearly all do) that chance
    alone could take most of them away.
    """
    return f"""(
        select case
            when newest * usual >= 25 or (usual >= 0.8 and newest >= 10)
                then met / newest / usual
        end
        from (
            select
                count(*) filter (where is_newest) as newest,
                count(*) filter (where is_newest and is_met) as met,
                count(*) filter (where not is_newest and is_met)
                / nullif(count(*) filter (where not is_newest), 0) as usual
            from (
                select
                    {condition} as is_met,
                    _arrival = (select max(_arrival) from {relation}) as is_newest
                from {relation}
            )
        )
    )"""

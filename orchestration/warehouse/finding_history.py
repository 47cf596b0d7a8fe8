"""SQL over the history of findings (`finding_changes`), as a generation has it: it ends before the
night, so that the night made again has the same."""

# Findings that stood open before this night, with the night since which they do.
OPEN_BEFORE = """
    select finding_id, as_of
    from memory.control.finding_changes
    qualify row_number() over (partition by finding_id order by as_of desc) = 1
        and change = 'opened'
"""
# What this night changes: what is new, and what is there no more.
CHANGES = f"""
    select
        coalesce(here.finding_id, before.finding_id) as finding_id,
        if(before.finding_id is null, 'opened', 'gone') as change
    from core.findings as here
    full join ({OPEN_BEFORE}) as before on here.finding_id = before.finding_id
    where here.finding_id is null or before.finding_id is null
    order by all
"""

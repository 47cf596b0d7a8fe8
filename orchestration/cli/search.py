"""`clientele search`: the support desk's tickets by word,
the best match first (Okapi BM25, by DuckDB's full-text search).

The index is made in the reader's own session: a generation holds tables only. What is printed is
personal; it goes to the terminal of whoever asks, and nowhere else.
"""

import duckdb_extensions
from rich.console import Console
from rich.table import Table

from orchestration.settings import load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs

SNIPPET = 90
# Tickets are written in more than one language, so words are taken as they stand: no
# stemming, no stop words.
_INDEX = """
pragma create_fts_index(
    'memory.main.ticket_texts', 'ticket_id', 'subject', 'body',
    stemmer = 'none', stopwords = 'none', strip_accents = 1, lower = 1
)
"""
_FOUND = """
select texts.ticket_id, tickets.opened_date, tickets.status, texts.subject, texts.body, texts.score
from (
    select *, fts_main_ticket_texts.match_bm25(ticket_id, ?) as score
    from memory.main.ticket_texts
) as texts
join clientele.core.tickets as tickets using (ticket_id)
where texts.score is not null
order by texts.score desc, texts.ticket_id
limit ?
"""
Found = list[tuple[str, str, str, str, str, float]]


def search(words: str, limit: int, whole: bool) -> int:
    """Print the tickets that hold any of `words`; returns how many were shown.

    `whole`: the message too, not its beginning alone.
    """
    found = find(words, limit)
    table = Table()
    for name in ("ticket", "opened", "status", "rank"):
        table.add_column(name, no_wrap=True)
    table.add_column("subject")
    table.add_column("message")
    for ticket_id, opened, status, subject, body, score in found:
        text = body if whole or len(body) <= SNIPPET else f"{body[:SNIPPET]} …"
        table.add_row(ticket_id, str(opened), status, f"{score:.2f}", subject, text)
    console = Console(highlight=False, markup=False)  # brackets in a message are its own
    if found:
        console.print(table)
    else:
        console.print("no ticket has any of these words")
    return len(found)


def find(words: str, limit: int) -> Found:
    """(ticket id, day, status, subject, message, score) of the published generation's
    tickets, best first."""
    generations = Generations(load_settings().home.generations)
    connection = connect(Inputs.load(generations.inputs(generations.current())))
    try:
        duckdb_extensions.import_extension("fts", con=connection)
        connection.execute("load fts")
        texts = (
            "select ticket_id, coalesce(subject, '') as subject, coalesce(body, '') as body"
            " from core.tickets"
        )
        connection.execute(f"create table memory.main.ticket_texts as {texts}")
        connection.execute("use memory.main")
        connection.execute(_INDEX)
        return connection.execute(_FOUND, [words, limit]).fetchall()
    finally:
        connection.close()

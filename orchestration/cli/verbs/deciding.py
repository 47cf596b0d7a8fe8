"""The verbs for what waits for a person: deliveries, quarantined rows, who is one customer."""

import click

from orchestration.cli.told import told


@click.command()
@click.argument("sync", required=False)
@told
def preview(sync: str | None) -> None:
    """Say what the next delivery would do: rows to add, change and take back,
    and what would wait for a person.

    With SYNC: the encoded bodies of its first rows, too. Values are hidden, letter by
    letter. Nothing is sent.
    """
    from orchestration.cli.preview import show

    show(sync)


@click.command()
@click.argument("action", type=click.Choice(["list", "approve", "dismiss"]), default="list")
@click.argument("hold_id", type=int, required=False)
@told
def holds(action: str, hold_id: int | None) -> int:
    """List the syncs that wait for a person; approve or dismiss one by its number.

    An approved plan is sent at once, exactly as it was held, less what may not be sent by now.
    """
    from orchestration.cli.holds import decide

    return decide(action, hold_id)


@click.command()
@click.argument(
    "action", type=click.Choice(["list", "show", "export", "replay", "dismiss"]), default="list"
)
@click.argument("file", required=False)
@click.option(
    "--whole", is_flag=True, help="show: rows as they are, with personal data; on a terminal only."
)
@click.option("--reason", help="dismiss: why the rows wait no more.")
@told
def quarantine(action: str, file: str | None, whole: bool, reason: str | None) -> None:
    """List the rows that could not be loaded, and why; mend them.

    \b
    show <file>        its rows, masked
    export <file>      writes them out, whole, for you alone
    replay <exported>  loads the corrected rows
    dismiss <file>     mended elsewhere, or given up

    <file> is the beginning of a file's id. A file delivered again under its name settles
    its rows by itself.
    """
    from orchestration.cli.quarantine import manage

    manage(action, file, whole=whole, reason=reason)


@click.command()
@click.argument("file")
@click.option("--reason", help="Why; without it the command only says what would happen.")
@told
def forget(file: str, reason: str | None) -> None:
    """Take a loaded file back: the next night is as if it had never come.

    FILE is its path below the landing zone. What it replaced counts again. Customer ids that were
    given out, and what histories say of nights that read it, stay.
    """
    from orchestration.cli.forget import take_back

    take_back(file, reason)


@click.command()
@click.argument("action", type=click.Choice(["explain", "same", "different", "rules", "revoke"]))
@click.argument("terms", nargs=-1)
@click.option(
    "--whole", is_flag=True, help="explain: addresses and numbers as they are; on a terminal only."
)
@click.option("--reason", help="same, different: why, for whoever asks later.")
@told
def identity(action: str, terms: tuple[str, ...], whole: bool, reason: str | None) -> None:
    """Say why records are one customer, or why not; overrule it.

    \b
    explain <one>              its customer: the records, what joined each, what was refused
    explain <one> <other>      the evidence between the two, or why there is none
    same | different <a> <b>   a rule about two records, from the next night on, over every rebuild
    rules, revoke <number>     the rules that stand; take one back

    A record is named as in identity.source_records; explain takes customer ids and addresses, too.
    """
    from orchestration.cli.identity import manage

    manage(action, terms, whole=whole, reason=reason)

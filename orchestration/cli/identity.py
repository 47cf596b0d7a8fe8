"""`clientele identity`: why records are one customer or not,
and a person's own rules about them."""

import getpass
import sys
from collections.abc import Callable
from datetime import timedelta

from rich.table import Column, Table

from ingestion.times import iso
from orchestration.cli.explain import Evidence, Explainer, masked
from orchestration.cli.terminal import Terminal, say
from orchestration.control.audit import by_hand, write_audit
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs

RECORDS_SHOWN = 50


class IdentityQuestionError(Exception):
    """What was asked about cannot be answered; the message says what to ask instead."""


def manage(action: str, terms: tuple[str, ...], *, whole: bool, reason: str | None) -> None:
    """Explain one or two records, lay down a rule, list or revoke rules.

    Errors: `IdentityQuestionError`, `LeaseHeldError`.
    """
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        if action == "explain":
            _explain(settings, store, terms, whole)
        elif action == "rules":
            _list_rules(store)
        else:
            # No night publishes between the look at what is published and the rule.
            with Lease.acquire(store, f"identity-{action}"):
                if action == "revoke":
                    _revoke(settings, store, terms)
                else:
                    _lay_down(settings, store, action, terms, reason)
    finally:
        store.close()


def _explain(settings: Settings, store: ControlStore, terms: tuple[str, ...], whole: bool) -> None:
    if len(terms) not in (1, 2):
        raise IdentityQuestionError(
            "identity explain: name one record, customer or address, or two of them"
        )
    if whole and not sys.stdout.isatty():
        raise IdentityQuestionError(
            "explain --whole: addresses are shown on a terminal only; leave --whole out"
        )
    generations = Generations(settings.home.generations)
    connection = connect(Inputs.load(generations.inputs(generations.current())))
    try:
        answer = _Answer(
            Explainer(connection),
            Terminal(soft_wrap=True),
            str if whole else masked,
        )
        found = [answer.find(term) for term in terms]
        if whole:
            write_audit(
                store,
                "identity explain",
                " ".join(customer for customer, _ in found),
                "shown whole",
            )
        if len(found) == 1:
            answer.one(*found[0])
        else:
            answer.two(found[0], found[1])
    finally:
        connection.close()


class _Answer:
    """What a person reads."""

    def __init__(
        self, explainer: Explainer, console: Terminal, shown: Callable[[str], str]
    ) -> None:
        self._explainer = explainer
        self._console = console
        self._show = shown

    def find(self, term: str) -> tuple[str, str | None]:
        found = self._explainer.find(term)
        if found is None:
            raise IdentityQuestionError(
                f"{masked('email:' + term).removeprefix('email:')}: "
                "no record, customer or identifier of the published generation; "
                "records are named <source>_<table>:<id>, as in identity.source_records"
            )
        return found

    def one(self, customer_id: str, record_id: str | None) -> None:
        records, evidence = (
            self._explainer.records(customer_id),
            self._explainer.evidence(customer_id),
        )
        sources = len({source for _, source, *_ in records})
        self._console.print(f"{customer_id}: {len(records):,} records of {sources} sources")
        joined: dict[str, Evidence] = {}
        for found in evidence:
            joined.setdefault(found.record_id, found)
        table = Table(
            Column("record", overflow="fold"),
            Column("joined by", overflow="fold"),
            "confidence",
            "first seen",
        )
        for record, _, rule, confidence, seen in records[:RECORDS_SHOWN]:
            node = self._show(joined[record].node) if record in joined else rule
            table.add_row(record, node, f"{confidence:.2f}", f"{seen:%Y-%m-%d}" if seen else "")
        self._console.print(table)
        if len(records) > RECORDS_SHOWN:
            self._console.print(
                f"… the first {RECORDS_SHOWN}; all of them: clientele sql, identity.identity_map"
            )
        for alias, change, since in self._explainer.aliases(customer_id):
            self._console.print(f"{alias} answers to it since {since:%Y-%m-%d} ({change})")
        for refusal in self._explainer.refusals(customer_id):
            self._console.print(
                f"not joined: {refusal.record_id} by {self._show(refusal.node)}:"
                f" {_why(refusal.refused_by)}"
            )

    def two(self, left: tuple[str, str | None], right: tuple[str, str | None]) -> None:
        (left_customer, left_record), (right_customer, right_record) = left, right
        if left_customer == right_customer:
            self._console.print(f"one customer, {left_customer}")
            if left_record and right_record:
                for found in self._explainer.path(left_customer, left_record, right_record):
                    seen = (
                        f", first seen {found.first_seen_at:%Y-%m-%d}"
                        if found.first_seen_at
                        else ""
                    )
                    self._console.print(
                        f"  {found.record_id} – {self._show(found.node)}  ({found.rule},"
                        f" confidence {found.confidence:.2f}{seen})"
                    )
            return
        self._console.print(f"two customers, {left_customer} and {right_customer}")
        reasons = [
            f"  {refusal.record_id} – {self._show(refusal.node)} ({refusal.rule}) was refused:"
            f" {_why(refusal.refused_by)}"
            for refusal in self._explainer.refusals(left_customer)
            if set(refusal.customers) == {left_customer, right_customer}
        ]
        for kind, value, reason, holders in self._explainer.in_common(
            left_customer, right_customer
        ):
            name = self._show(f"{kind}:{value}") if value else kind
            reasons += (
                [f"  both have {name}, which joins nobody: {_why_not(reason, holders)}"]
                if reason
                else []
            )
        for line in reasons or ["  they have nothing in common that identifies anybody"]:
            self._console.print(line)


def _why(refused_by: str) -> str:
    if refused_by == "different":
        return "a person declared two of their records different"
    if refused_by == "unlike":
        return "names, dates of birth or addresses of their records speak against it"
    return f"one customer would have more values of {refused_by} than max_per_customer allows"


def _why_not(reason: str, holders: int | None) -> str:
    return {
        "blocked": "it is a blocked value",
        "malformed": "it is malformed",
        "over_cap": f"{holders} hold it, more than max_holders allows",
        "ambiguous": "several persons use the device",
    }[reason]


def _lay_down(
    settings: Settings, store: ControlStore, rule: str, terms: tuple[str, ...], reason: str | None
) -> None:
    if len(terms) != 2 or terms[0] == terms[1]:
        raise IdentityQuestionError(
            f"identity {rule}: name two records, as `clientele identity explain` shows them"
        )
    if not reason:
        raise IdentityQuestionError(
            f'identity {rule}: say why, for whoever asks later: --reason "mother and daughter"'
        )
    generations = Generations(settings.home.generations)
    inputs = Inputs.load(generations.inputs(generations.current()))
    connection = connect(inputs)
    try:
        query = "select record_id from identity.source_records where record_id in ($left, $right)"
        known = {
            record
            for (record,) in connection.execute(
                query, {"left": terms[0], "right": terms[1]}
            ).fetchall()
        }
    finally:
        connection.close()
    if missing := sorted(set(terms) - known):
        raise IdentityQuestionError(
            f"{missing[0]}: no record of the published generation; a rule is about records,"
            " not about addresses"
        )
    # The night that is published was built without it, and can be built again without it: it counts
    # for every later one.
    counts_from = iso(inputs.as_of + timedelta(seconds=1))
    with store.transaction() as db:
        number = db.execute(
            "insert into identity_overrides (rule, left_record_id, right_record_id, author, reason,"
            " created_at) values (?, ?, ?, ?, ?, ?)",
            [rule, *terms, getpass.getuser(), reason, counts_from],
        ).lastrowid
        by_hand(db, f"identity {rule}", f"rule {number}", reason)
    say(
        f"rule {number}: {terms[0]} and {terms[1]} are {rule}; it counts from the next night"
        " on, whatever is rebuilt"
    )


def _list_rules(store: ControlStore) -> None:
    rules = store.query(
        "select * from identity_overrides where revoked_at is null order by override_id"
    )
    for rule in rules:
        line = (
            f"{rule['override_id']}  {rule['left_record_id']} and {rule['right_record_id']}"
            f" are {rule['rule']}"
        )
        say(f"{line}: {rule['reason']} ({rule['author']})")
    say("take one back with: clientele identity revoke <number>" if rules else "no rule stands")


def _revoke(settings: Settings, store: ControlStore, terms: tuple[str, ...]) -> None:
    if len(terms) != 1 or not terms[0].isdigit():
        raise IdentityQuestionError(
            "identity revoke: which rule? `clientele identity rules` lists their numbers"
        )
    generations = Generations(settings.home.generations)
    until = iso(Inputs.load(generations.inputs(generations.current())).as_of + timedelta(seconds=1))
    with store.transaction() as db:
        changed = db.execute(
            "update identity_overrides set revoked_at = ?"
            " where override_id = ? and revoked_at is null",
            [until, int(terms[0])],
        ).rowcount
        if not changed:
            raise IdentityQuestionError(
                f"rule {terms[0]} does not stand; `clientele identity rules` lists those that do"
            )
        by_hand(db, "identity revoke", f"rule {terms[0]}", "")
    say(f"rule {terms[0]}: counts no more from the next night on")

"""Accounts: the entries of `sources` in the settings, each of one kind.

A kind is a contract (`ingestion/sources/<kind>.yml`) with its staging models. An entry of the
kind's own name is the first account. `shopify_uk: {kind: shopify}` is one more of the same vendor:
it delivers to a folder and to raw tables of its own name, and the same staging models read both.
Its ids, logins and record kinds bear its name, so that equal numbers are never one thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ingestion.contracts.checked import check_name
from ingestion.contracts.contract import SourceContract
from ingestion.contracts.feeds import IdentifierType
from ingestion.errors import ContractError


class Entry(Protocol):
    """What the settings say of an account."""

    @property
    def kind(self) -> str | None: ...

    @property
    def shop(self) -> str | None: ...

    @property
    def time_zone(self) -> str | None: ...

    @property
    def currency(self) -> str | None: ...

    @property
    def charges_without_order(self) -> str | None: ...


@dataclass(frozen=True)
class Account:
    """One account of a vendor.

    `prefix` stands before ids that the vendor numbers by itself, empty for the first account.
    `shop` is the source of orders whose order numbers and logins the account's records name.
    `time_zone` is that of times without an offset; `currency` that of amounts that name none.
    `charges_are_orders`: a charge that no shop knows is an order of the account's own.
    """

    name: str
    kind: str
    shop: str
    currency: str
    time_zone: str | None = None
    charges_are_orders: bool = False

    @property
    def prefix(self) -> str:
        return "" if self.name == self.kind else f"{self.name}:"


def accounts_of(
    kinds: Mapping[str, SourceContract], entries: Mapping[str, Entry], currency: str, file: Path
) -> dict[str, Account]:
    """Every account by name: the entries, and each kind that no entry is named after.

    `currency` is the shop's, `file` the settings' (for messages).
    Errors: `ContractError` that names the file, the entry and the remedy.
    """
    accounts = {}
    for name in sorted({*kinds, *entries}):
        check_name(file, f"sources.{name}", name)
        entry = entries.get(name)
        kind = (entry.kind if entry else None) or name
        if kind not in kinds:
            raise ContractError(_unknown(file, name, kind, entry is not None and entry.kind, kinds))
        if name in kinds and kind != name:
            raise ContractError(
                f"{file}: sources.{name}.kind: {name} is a source of its own"
                f" ({kinds[name].path.name}); give the account another name"
            )
        contract = kinds[kind]
        charges = entry.charges_without_order if entry else None
        if charges and "charges" not in contract.tables:
            raise ContractError(
                f"{file}: sources.{name}.charges_without_order: {name} delivers no charges;"
                f" leave it out"
            )
        accounts[name] = Account(
            name=name,
            kind=kind,
            shop=(entry.shop if entry else None) or contract.shop or name,
            currency=(entry.currency if entry else None) or currency,
            time_zone=(entry.time_zone if entry else None) or contract.time_zone,
            charges_are_orders=charges == "orders",
        )
    shops = [a.name for a in accounts.values() if "orders" in kinds[a.kind].feeds]
    for name, account in accounts.items():
        said = name in entries and entries[name].shop
        if account.shop not in shops and (said or account.shop != name):
            where = f"{file}: sources.{name}.shop" if said else f"{kinds[account.kind].path}: shop"
            raise ContractError(
                f"{where}: {account.shop} is no source of orders; name one of {', '.join(shops)}"
            )
    return accounts


def _unknown(
    file: Path, name: str, kind: str, is_said: object, kinds: Mapping[str, SourceContract]
) -> str:
    known = ", ".join(sorted(kinds))
    if is_said:
        return (
            f"{file}: sources.{name}.kind: there is no ingestion/sources/{kind}.yml;"
            f" known are {known}"
        )
    return (
        f"{file}: sources.{name}: there is no ingestion/sources/{name}.yml; write it,"
        f" or say of which kind the account is (kind: shopify); known are {known}"
    )


def contracts_of(
    kinds: Mapping[str, SourceContract], accounts: Mapping[str, Account]
) -> dict[str, SourceContract]:
    """The contract of every account, by the account's name.

    Errors: `ContractError` where two of them would make one raw table or one record kind.
    """
    contracts = {
        account.name: _account_contract(kinds[account.kind], account)
        for account in accounts.values()
    }
    raw_names: dict[str, str] = {}
    record_kinds: dict[str, str] = {}
    for name, contract in contracts.items():
        for taken, made, what in (
            (raw_names, [table.raw_name for table in contract.tables.values()], "raw table"),
            (record_kinds, [f"{name}_{kind}" for kind in contract.record_kinds], "record kind"),
        ):
            for thing in made:
                if thing in taken:
                    raise ContractError(
                        f"{contract.path}: {what} {thing} of {name} is already one of"
                        f" {taken[thing]}; rename it, or the account in clientele.yml"
                    )
                taken[thing] = name
    for name, contract in contracts.items():
        for raw_name, owner in raw_names.items():
            if raw_name.startswith(f"{name}_") and len(owner) < len(name):
                raise ContractError(
                    f"{contract.path}: raw table {raw_name} of {owner} begins like those of"
                    f" {name}; rename it, or the account in clientele.yml"
                )
        for table in contract.tables.values():
            folder = table.files.partition("/")[0]
            if folder != name and folder in contracts:
                raise ContractError(
                    f"{contract.path}: tables.{table.name}.files: {table.files!r} lies in the"
                    f" folder of {folder}, whose files would be taken for these; begin with {name}/"
                )
    return contracts


def _account_contract(kind: SourceContract, account: Account) -> SourceContract:
    tables = {}
    for name, table in kind.tables.items():
        folder, slash, rest = table.files.partition("/")
        if account.name != kind.name and (folder != kind.name or not slash):
            raise ContractError(
                f"{kind.path}: tables.{name}.files: {table.files!r} does not begin with"
                f" {kind.name}/, so that {account.name} has no folder of its own; move the files"
            )
        files = table.files if account.name == kind.name else f"{account.name}/{rest}"
        tables[name] = replace(
            table, source=account.name, files=files, time_zone=account.time_zone, kind=kind.name
        )
    return replace(kind, name=account.name, tables=tables)


def account_identifier_types(
    kinds: Mapping[str, SourceContract], accounts: Mapping[str, Account]
) -> dict[str, IdentifierType]:
    """Every identifier type that accounts give out, by name."""
    return {
        own_type(account, name): declared
        for account in accounts.values()
        for name, declared in kinds[account.kind].identifier_types.items()
    }


def renamed_types(
    kinds: Mapping[str, SourceContract], accounts: Mapping[str, Account]
) -> list[tuple[str, str, str]]:
    """(account, type as its staging models say it, type as it counts), where these differ.

    A further account's own ids are of types of its own; where a source's file declares a shop,
    that shop's login is the one of the shop that the account belongs to.
    """
    logins = {
        kind.name: name
        for kind in kinds.values()
        for name, declared in kind.identifier_types.items()
        if declared.is_login
    }
    renamed = []
    for account in accounts.values():
        own = kinds[account.kind].identifier_types
        renamed += [(account.name, name, own_type(account, name)) for name in own]
        # Its models are written for the shop that its file declares: that one's login is meant.
        login = logins.get(kinds[account.kind].shop or "")
        shop = accounts[account.shop]
        if login and login not in own and shop.kind in logins:
            renamed.append((account.name, login, own_type(shop, logins[shop.kind])))
    return [(account, said, meant) for account, said, meant in renamed if said != meant]


def own_type(account: Account, name: str) -> str:
    """An identifier type of an account: `user_id`, of further accounts `user_id@shopify_uk`."""
    return name if account.name == account.kind else f"{name}@{account.name}"

"""The shop's constants: its calendar and the rates of everything that is drawn.

Written to truth/parameters.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

START: Final = date(2024, 7, 1)
END: Final = date(2026, 6, 30)  # the last business day
DAYS: Final = (END - START).days + 1
TIME_ZONE: Final = "Europe/Berlin"
REPORTING_CURRENCY: Final = "EUR"
CHUNK: Final = (
    10_000  # persons drawn and written at a time; fixed, so that results do not depend on memory
)


@dataclass(frozen=True)
class Parameters:
    """What the shop is drawn from; shares are of the group named.

    Rates of purchase are per week, values in euro.
    """

    # BG/NBD: purchases at rate lambda ~ Gamma(r, rate alpha); after each one gone
    # with p ~ Beta(a, b).
    r: float = 0.70
    alpha: float = 9.0
    a: float = 0.8
    b: float = 2.6
    # Gamma-Gamma: order value ~ Gamma(p, rate nu), nu ~ Gamma(q, rate gamma).
    value_p: float = 4.0
    value_q: float = 3.8
    value_gamma: float = 45.0

    # Kinds of persons.
    buyers: float = 0.70
    newsletter_leads: float = 0.10
    crm_leads: float = 0.06
    account_leads: float = 0.05
    anonymous_visitors: float = 0.087
    test_accounts: float = 0.003

    account_at_first_order: float = 0.50
    account_at_second_order: float = 0.18
    offline_only: float = 0.03  # of buyers: no web at all
    second_email: float = 0.15
    phone_known: float = 0.75
    # Shares of all persons; a shop of a few hundred has one case of each at least.
    households: float = 0.015  # share an address and a device
    household_surname: float = 0.85  # of a household's members
    family_mailboxes: float = 0.004  # live in a household that shares a mailbox
    household_phones: float = 0.002  # live in a household that shares a telephone
    recycled_phones: float = 0.002  # had or have a number that passed from one to a stranger
    kiosk_users: float = 0.01
    placeholder_emails: float = 0.12  # of guests' orders in the store

    point_of_sale: float = 0.05  # of orders
    guest_despite_account: float = 0.08
    email_dirt: float = 0.07
    phone_junk: float = 0.01
    void_orders: float = 0.015
    test_orders: float = 0.002
    delayed_capture: float = 0.12
    bank_transfer: float = 0.07
    paypal: float = 0.08
    payer_phones: float = (
        0.35  # of persons with a phone: told to the payment provider with a stored card
    )
    failed_attempts: float = 0.025
    disputes: float = 0.003
    full_refunds: float = 0.03
    partial_refunds: float = 0.045
    gift_cards_sold: float = 0.004
    gift_cards_redeemed: float = 0.006
    discounts: float = 0.18
    recovered_checkouts: float = 0.06
    abandoned_carts_per_person: float = 0.8

    contacts_of_buyers: float = 0.45
    duplicate_contacts: float = 0.05
    merged_duplicates: float = 0.5
    deals_of_leads: float = 0.35
    deals_of_buyers: float = 0.06
    sales_leads_of_leads: float = 0.45
    sales_leads_of_buyers: float = 0.10
    tickets_of_orders: float = 0.07
    tickets_of_leads: float = 0.03
    rated_tickets: float = 0.45
    profiles_of_buyers: float = 0.60
    unsubscribes: float = 0.02  # of mailings received
    hard_bounces: float = 0.025  # of profiles
    privacy_requests: float = 0.006
    late_records: float = 0.03
    late_events: float = 0.01
    repeated_events: float = 0.001
    future_clocks: float = 0.00002

    @property
    def mean_order_value(self) -> float:
        """Expected value of an order over all customers, euro: p * gamma / (q - 1)."""
        return self.value_p * self.value_gamma / (self.value_q - 1)

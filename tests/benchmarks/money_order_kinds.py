"""Orders of every kind that shops have, each with what it is worth, worked out by hand."""

from typing import Any

from money_order_case import Case, Dispute, Line, Paid, Refund, Worth

ONE = (Line("100.00"),)
PAID = (Paid("100.00"),)
WHOLE = Worth("0", "0", "100.00")
NOTHING = Worth("0", "0", "0", True, False)
CANCELLED = {"cancelled_at": "2026-05-12T10:00:00+02:00"}
INCLUDED = {"taxes_included": True}


def case(name: str, worth: Worth, total: str = "100.00", **given: Any) -> Case:
    """A case of one article of 100.00, paid in full, unless it says otherwise."""
    return Case(
        **{"name": name, "worth": worth, "total": total, "lines": ONE, "paid": PAID} | given
    )


def _in_dollars(amount: str) -> dict[str, Any]:
    shop, seen = {"amount": "100.00"}, {"amount": amount, "currency_code": "USD"}
    return {
        "presentment_currency": "USD",
        "total_price_set": {"shop_money": shop, "presentment_money": seen},
    }


PAYMENTS = (
    case("plain", WHOLE),
    case("two captures", WHOLE, paid=(Paid("60.00", "capture"), Paid("40.00", "capture"))),
    case("captured in part", Worth("0", "30.00", "70.00"), paid=(Paid("70.00", "capture"),)),
    case("failed, then paid", WHOLE, paid=(Paid("100.00", status="failure"), *PAID)),
    case("error at the gateway", Worth("0", "100.00", "0", True, False),
         paid=(Paid("100.00", status="error"),)),
    case("pending", Worth("0", "100.00", "0", True, False),
         paid=(Paid("100.00", status="pending"),)),
    case("authorised only", Worth("0", "100.00", "0", True, False),
         paid=(Paid("100.00", "authorization"),), given={"financial_status": "authorized"}),
    case("authorised and captured", WHOLE,
         paid=(Paid("100.00", "authorization"), Paid("100.00", "capture"))),
    case("card at the counter", WHOLE,
         paid=(Paid("100.00", "emv_authorization"), Paid("100.00", "capture"))),
    case("cash and change", WHOLE,
         paid=(Paid("120.00", gateway="cash"), Paid("20.00", "change", "cash"))),
    case("invoice, not paid", Worth("0", "100.00", "0", True, False), paid=()),
    case("invoice, paid by bank", WHOLE, paid=(Paid("100.00", gateway="bank deposit"),)),
    case("cash on delivery", WHOLE, paid=(Paid("100.00", gateway="cash_on_delivery"),)),
    case("paid by gift card", WHOLE, paid=(Paid("100.00", gateway="gift_card"),)),
    case("gift card and card", WHOLE, paid=(Paid("30.00", gateway="gift_card"), Paid("70.00"))),
    case("store credit", WHOLE, paid=(Paid("100.00", gateway="shopify_store_credit"),)),
    case("test movement", Worth("0", "100.00", "0", True, False),
         paid=(Paid("100.00", is_test=True),)),
    case("suggested refund", WHOLE, paid=(*PAID, Paid("100.00", "suggested_refund"))),
    case("paid too much", Worth("0", "0", "110.00"), paid=(Paid("110.00"),)),
    case("cash rounded down", Worth("0", "0", "10.00"), "10.02", lines=(Line("10.02"),),
         paid=(Paid("10.00", gateway="cash"),),
         given={"total_cash_rounding_payment_adjustment_set": {"shop_money": {"amount": "-0.02"}}}),
    case("test order", Worth("0", "0", "0", False, False), given={"test": True}),
    case("voided", Worth("0", "0", "0", False, False), paid=(Paid("100.00", "void"),),
         given={"financial_status": "voided"}),
    case("cancelled before capture", Worth("0", "0", "0", False, False), paid=(), given=CANCELLED),
    case("cancelled and refunded", NOTHING, refunds=(Refund("100.00"),), given=CANCELLED),
    case("cancelled, money kept", WHOLE, given=CANCELLED),
    case("cancelled after a part", Worth("0", "0", "40.00"), paid=(Paid("40.00"),),
         given=CANCELLED),
    case("free", NOTHING, "0.00", lines=(Line("100.00", 1, "100.00"),), discount="100.00", paid=()),
)  # fmt: skip

TAXES = (
    case("tax on top", Worth("19.00", "0", "100.00"), "119.00", tax="19.00",
         paid=(Paid("119.00"),)),
    case("tax inside", Worth("19.00", "0", "100.00"), "119.00", lines=(Line("119.00"),),
         tax="19.00", paid=(Paid("119.00"),), given=INCLUDED),
    case("tax inside of goods and shipping", Worth("20.90", "0", "110.00"), "130.90",
         lines=(Line("119.00"),), shipping="11.90", tax="20.90", paid=(Paid("130.90"),),
         given=INCLUDED),
    case("tax on top, half paid", Worth("9.50", "59.50", "50.00"), "119.00", tax="19.00",
         paid=(Paid("59.50", "capture"),)),
    case("tax inside, a third paid", Worth("6.33", "79.33", "33.34"), "119.00",
         lines=(Line("119.00"),), tax="19.00", paid=(Paid("39.67", "capture"),), given=INCLUDED),
    case("tax on top, wholly refunded", NOTHING, "119.00", tax="19.00", paid=(Paid("119.00"),),
         refunds=(Refund("119.00"),)),
    case("tax on top, half refunded, not stated", Worth("9.50", "0", "50.00"), "119.00",
         tax="19.00", paid=(Paid("119.00"),), refunds=(Refund("59.50"),)),
    case("goods and their tax refunded", Worth("7.60", "0", "50.00"), "105.20",
         lines=(Line("80.00"),), shipping="10.00", tax="15.20", paid=(Paid("105.20"),),
         refunds=(Refund("47.60", "40.00", "7.60"),)),
    case("shipping refunded", Worth("15.20", "0", "80.00"), "105.20", lines=(Line("80.00"),),
         shipping="10.00", tax="15.20", paid=(Paid("105.20"),),
         refunds=(Refund("10.00", shipping="10.00"),)),
    case("goods, tax and shipping refunded", Worth("7.60", "0", "40.00"), "105.20",
         lines=(Line("80.00"),), shipping="10.00", tax="15.20", paid=(Paid("105.20"),),
         refunds=(Refund("57.60", "40.00", "7.60", "10.00"),)),
    case("refund of goods with tax inside", Worth("9.50", "0", "50.00"), "119.00",
         lines=(Line("59.50", 2),), tax="19.00", paid=(Paid("119.00"),),
         refunds=(Refund("59.50", "59.50", "9.50"),), given=INCLUDED),
    case("tax only refunded", Worth("0", "0", "100.00"), "119.00", tax="19.00",
         paid=(Paid("119.00"),), refunds=(Refund("19.00", "0.00", "19.00"),)),
    case("discount and tax", Worth("17.10", "0", "90.00"), "107.10",
         lines=(Line("100.00", 1, "10.00"),), discount="10.00", tax="17.10",
         paid=(Paid("107.10"),)),
    case("shipping given away", WHOLE, shipping="10.00", discount="10.00"),
)  # fmt: skip

PARTS = (
    case("tip", WHOLE, "105.00", paid=(Paid("105.00"),), given={"total_tip_received": "5.00"}),
    case("tip, half refunded", Worth("0", "0", "50.00"), "110.00", paid=(Paid("110.00"),),
         refunds=(Refund("55.00"),), given={"total_tip_received": "10.00"}),
    case("duties", WHOLE, "112.00", paid=(Paid("112.00"),),
         given={"original_total_duties_set": {"shop_money": {"amount": "12.00"}}}),
    case("duties, later word alone", WHOLE, "112.00", paid=(Paid("112.00"),),
         given={"current_total_duties_set": {"shop_money": {"amount": "12.00"}}}),
    case("tip, duties and tax", Worth("19.00", "0", "100.00"), "136.00", tax="19.00",
         paid=(Paid("136.00"),),
         given={"total_tip_received": "5.00",
                "original_total_duties_set": {"shop_money": {"amount": "12.00"}}}),
    case("gift card sold", Worth("0", "0", "0", True, False),
         lines=(Line("100.00", is_gift_card=True),)),
    case("goods and gift card", Worth("0", "0", "50.00"),
         lines=(Line("50.00"), Line("50.00", is_gift_card=True))),
    case("gift card bought with a gift card", Worth("0", "0", "0", True, False),
         lines=(Line("100.00", is_gift_card=True),), paid=(Paid("100.00", gateway="gift_card"),)),
    case("goods and gift card, half refunded", Worth("0", "0", "25.00"),
         lines=(Line("50.00"), Line("50.00", is_gift_card=True)), refunds=(Refund("50.00"),)),
    case("goods and gift card, goods refunded", NOTHING,
         lines=(Line("50.00"), Line("50.00", is_gift_card=True)),
         refunds=(Refund("50.00", "50.00"),)),
)  # fmt: skip

REFUNDS = (
    case("half refunded", Worth("0", "0", "50.00"), refunds=(Refund("50.00"),)),
    case("refunded twice", Worth("0", "0", "50.00"), refunds=(Refund("20.00"), Refund("30.00"))),
    case("wholly refunded", NOTHING, refunds=(Refund("100.00"),)),
    case("goodwill above the capture", Worth("0", "0", "-20.00", True, False),
         refunds=(Refund("100.00"), Refund("20.00"))),
    case("refund pending", WHOLE, refunds=(Refund("100.00", status="pending"),)),
    case("refund failed", WHOLE, refunds=(Refund("100.00", status="failure"),)),
    case("states more than it pays", Worth("0", "0", "60.00"), refunds=(Refund("40.00", "80.00"),)),
    case("states less than it pays", Worth("0", "0", "60.00"), refunds=(Refund("40.00", "30.00"),)),
    case("exchanged for something dearer", Worth("0", "0", "120.00"), "220.00",
         lines=(Line("100.00"), Line("120.00")), paid=(Paid("100.00"), Paid("20.00")),
         refunds=(Refund(None, "100.00"),)),
    case("exchanged, the rest not paid yet", Worth("0", "20.00", "100.00"), "220.00",
         lines=(Line("100.00"), Line("120.00")), refunds=(Refund(None, "100.00"),)),
    case("line removed before capture", Worth("0", "0", "60.00"),
         lines=(Line("60.00"), Line("40.00")), paid=(Paid("60.00", "capture"),),
         refunds=(Refund(None, "40.00"),)),
    case("line removed and refunded", Worth("0", "0", "60.00"),
         lines=(Line("60.00"), Line("40.00")), refunds=(Refund("40.00", "40.00"),)),
)  # fmt: skip

ENDED = {
    "lost": NOTHING,
    "won": WHOLE,
    "needs_response": NOTHING,
    "under_review": NOTHING,
    "charge_refunded": NOTHING,
    "warning_needs_response": WHOLE,
    "warning_under_review": WHOLE,
    "warning_closed": WHOLE,
    "prevented": WHOLE,
}
DISPUTES = (
    *(case(f"dispute {state}", worth, dispute=Dispute("100.00", state))
      for state, worth in ENDED.items()),
    case("dispute lost in part", Worth("0", "0", "60.00"), dispute=Dispute("40.00", "lost")),
    case("dispute of a charge without an order", NOTHING,
         dispute=Dispute("100.00", "lost", names_order=False)),
    case("won, of a charge without an order", WHOLE,
         dispute=Dispute("100.00", "won", names_order=False)),
    case("disputed and refunded", NOTHING, refunds=(Refund("30.00"),),
         dispute=Dispute("100.00", "lost")),
    case("dispute in part with tax", Worth("11.40", "0", "60.00"), "119.00", tax="19.00",
         paid=(Paid("119.00"),), dispute=Dispute("47.60", "lost")),
)  # fmt: skip

CURRENCIES = (
    case("yen", Worth("0", "0", "50.51"), "10000", lines=(Line("10000"),), currency="JPY",
         paid=(Paid("10000"),)),
    case("yen, a third paid", Worth("303", "6667", "15.31"), "10000", lines=(Line("9091"),),
         tax="909", currency="JPY", paid=(Paid("3333"),)),
    case("dinars at the owner's rate", Worth("0", "0", "96.40"), "30.125", lines=(Line("30.125"),),
         currency="KWD", paid=(Paid("30.125"),)),
    case("no rate", Worth("0", "0", None, True, False), currency="XAF"),
    case("paid in the customer's dollars", WHOLE, paid=(Paid("110.00", currency="USD"),),
         given=_in_dollars("110.00")),
    case("half refunded in dollars", Worth("0", "0", "50.00"),
         paid=(Paid("110.00", currency="USD"),), refunds=(Refund("55.00", currency="USD"),),
         given=_in_dollars("110.00")),
    case("dispute in dollars", NOTHING, paid=(Paid("110.00", currency="USD"),),
         dispute=Dispute("110.00", "lost", currency="USD"), given=_in_dollars("110.00")),
    case("paid in pounds", WHOLE, paid=(Paid("80.00", currency="GBP"),)),
    case("refunded in pounds", Worth("0", "0", "50.00"),
         refunds=(Refund("40.00", currency="GBP"),)),
    case("paid in what has no rate", Worth("0", "100.00", "0", True, False),
         paid=(Paid("100.00", currency="XAF"),)),
    case("ordered in dollars", Worth("0", "0", "80.00"), currency="USD"),
)  # fmt: skip

KINDS = (*PAYMENTS, *TAXES, *PARTS, *REFUNDS, *DISPUTES, *CURRENCIES)

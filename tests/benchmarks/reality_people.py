"""Records of everybody and everything that is no order: contacts, tickets, events, decisions,
campaigns, rates."""

from collections.abc import Callable

from reality_records import AT, DAY, EPOCH, FIRST, Row, Rows, mail


def stripe_customer(n: int) -> Rows:
    row = {
        "id": f"cus_{FIRST + n}",
        "email": mail(n),
        "name": f"Odd Person{n}",
        "phone": None,
        "address": {"city": None, "country": "DE", "line1": None, "postal_code": None},
        "currency": "eur",
        "delinquent": False,
        "livemode": True,
        "metadata": {},
        "created": EPOCH,
    }
    return [("stripe.customers", row)]


def contact_with_deal(n: int) -> Rows:
    times = {"archived": False, "createdAt": AT, "updatedAt": AT}
    person = {"email": mail(n), "firstname": "Odd", "lastname": f"Lead{n}", "country": "DE"}
    deal = {
        "dealname": f"Odd {n}",
        "amount": "100.00",
        "deal_currency_code": "EUR",
        "pipeline": "default",
        "dealstage": "closedwon",
        "hs_is_closed": "true",
        "hs_is_closed_won": "true",
        "createdate": AT,
        "closedate": AT,
    }
    contacts = {"contacts": {"results": [{"id": str(FIRST + n), "type": "deal_to_contact"}]}}
    none: Row = dict.fromkeys(("phone", "mobilephone", "city", "zip", "address", "date_of_birth"))
    more: Row = {"lifecyclestage": "lead", "hs_analytics_source": None}
    properties: Row = {**none, **person, **more, "hs_calculated_merged_vids": None}
    return [
        ("hubspot.contacts", {"id": FIRST + n, "properties": properties, **times}),
        (
            "hubspot.deals",
            {"id": str(FIRST + n), "properties": deal, "associations": contacts, **times},
        ),
    ]


def profile_with_event(n: int) -> Rows:
    person = {
        "email": mail(n),
        "phone_number": None,
        "external_id": None,
        "first_name": None,
        "last_name": None,
        "location": {"country": "DE", "city": None, "zip": None},
        "created": AT,
        "updated": AT,
    }
    metric, whose = f"M{FIRST + n}", f"P{FIRST + n}"
    event = {"event_properties": {"$message": f"m{n}", "Subject": "News"}, "datetime": AT}
    relations = {
        "profile": {"data": {"type": "profile", "id": whose}},
        "metric": {"data": {"type": "metric", "id": metric}},
    }
    return [
        ("klaviyo.profiles", {"type": "profile", "id": whose, "attributes": person}),
        (
            "klaviyo.events",
            {
                "type": "event",
                "id": f"e{FIRST + n}",
                "attributes": event,
                "relationships": relations,
            },
        ),
        (
            "klaviyo.metrics",
            {"type": "metric", "id": metric, "attributes": {"name": "Received Email"}},
        ),
    ]


def user_with_ticket(n: int) -> Rows:
    times = {"created_at": AT, "updated_at": AT}
    user = {
        "id": FIRST + n,
        "role": "end-user",
        "name": f"Odd Asker{n}",
        "email": mail(n),
        "phone": None,
        "external_id": None,
        "locale": "de",
        "time_zone": "Berlin",
        "suspended": False,
        "active": True,
    }
    ticket: Row = {
        "id": FIRST + n,
        "requester_id": FIRST + n,
        "external_id": None,
        "subject": "Odd",
        "description": "Odd",
        "via": {"channel": "email"},
        "type": "question",
        "priority": "normal",
        "status": "open",
        "tags": [],
        "metric_set": {"solved_at": None},
    }
    rating = {"id": FIRST + n, "ticket_id": FIRST + n, "requester_id": FIRST + n, "score": "good"}
    return [
        ("zendesk.users", {**user, **times}),
        ("zendesk.tickets", {**ticket, **times}),
        ("zendesk.satisfaction_ratings", {**rating, "comment": None, **times}),
    ]


def salesforce(n: int) -> Rows:
    person = {
        "FirstName": "Odd",
        "LastName": f"Partner{n}",
        "Email": mail(n),
        "Phone": None,
        "MobilePhone": None,
    }
    times = {"IsDeleted": "false", "CreatedDate": AT, "SystemModstamp": AT}
    lead = {
        **{"CountryCode": "DE", "City": None, "PostalCode": None, "Street": None},
        **{"Company": "Odd", "LeadSource": "Web", "Status": "Open", "IsConverted": "false"},
        **{"ConvertedContactId": None, "HasOptedOutOfEmail": "false"},
    }
    contact = {
        **{"MailingCountryCode": "DE", "MailingCity": None, "MailingPostalCode": None},
        **{"MailingStreet": None, "Birthdate": None, "LeadSource": "Web"},
        "HasOptedOutOfEmail": "false",
    }
    lead_id, contact_id = f"00Q5f{FIRST + n:010d}EAA", f"0035f{FIRST + n:010d}QAA"
    return [
        ("salesforce.leads", {"Id": lead_id, **person, **lead, **times}),
        (
            "salesforce.contacts",
            {"Id": contact_id, "MasterRecordId": None, **person, **contact, **times},
        ),
    ]


def web_event(n: int) -> Rows:
    row = {
        "messageId": f"w{FIRST + n}",
        "type": "track",
        "anonymousId": f"a{FIRST + n}",
        "userId": None,
        "event": "Product List Viewed",
        "properties": {},
        "traits": {"email": mail(n), "phone": None},
        "context": {
            "page": {"url": "https://shop.example/", "referrer": None},
            "campaign": {"source": "odd", "medium": "cpc", "name": f"odd{n}"},
        },
        "timestamp": AT,
        "receivedAt": AT,
    }
    return [("web.events", row)]


def decision(n: int) -> Rows:
    row = {
        "record_id": f"cr_{FIRST + n}",
        "contact_point_type": "email",
        "contact_point": mail(n),
        "channel": "email",
        "purpose": "marketing",
        "state": "granted",
        "legal_basis": "consent",
        "collected_by": "form",
        "evidence": {"form": "f"},
        "recorded_at": AT,
    }
    return [*contact_with_deal(n)[:1], ("consent.records", row)]


def request(n: int) -> Rows:
    row = {
        "request_id": f"rq_{FIRST + n}",
        "kind": "access",
        "contact_point_type": "email",
        "contact_point": mail(n),
        "status": "received",
        "received_by": "form",
        "received_at": AT,
        "completed_at": None,
        "updated_at": AT,
    }
    return [*contact_with_deal(n)[:1], ("privacy.requests", row)]


def google_day(n: int) -> Rows:
    row: Row = {
        "customer_id": 3121450130,
        "campaign_id": FIRST + n,
        "campaign_name": f"odd{n}",
        "date": DAY,
        "currency_code": "EUR",
        "cost_micros": 1_000_000,
        "impressions": 10,
        "clicks": 1,
        "conversions": "0.00",
    }
    return [("google_ads.campaign_days", row)]


def meta_day(n: int) -> Rows:
    row: Row = {
        "account_id": 1700450170,
        "account_currency": "EUR",
        "campaign_id": FIRST + n,
        "campaign_name": f"odd{n}",
        "date_start": DAY,
        "date_stop": DAY,
        "impressions": 10,
        "reach": 5,
        "clicks": 1,
        "inline_link_clicks": 1,
        "spend": "1.00",
        "actions": "[]",
    }
    return [("meta_ads.campaign_days", row)]


MAKERS: dict[str, Callable[[int], Rows]] = {
    "stripe.customers": stripe_customer,
    "web.events": web_event,
    "consent.records": decision,
    "privacy.requests": request,
    "google_ads.campaign_days": google_day,
    "meta_ads.campaign_days": meta_day,
    **dict.fromkeys(("hubspot.contacts", "hubspot.deals"), contact_with_deal),
    **dict.fromkeys(("klaviyo.profiles", "klaviyo.events", "klaviyo.metrics"), profile_with_event),
    **dict.fromkeys(
        ("zendesk.users", "zendesk.tickets", "zendesk.satisfaction_ratings"), user_with_ticket
    ),
    **dict.fromkeys(("salesforce.leads", "salesforce.contacts"), salesforce),
}

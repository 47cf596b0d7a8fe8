"""What people write to the support desk, in English and in German."""

from __future__ import annotations

from ingestion.sql import texts

# (subject, first message), English then German; {order} and {name} are filled in. The first BEFORE
# are about an order.
TOPICS = (
    (
        (
            "Where is my parcel?",
            (
                "Hello, I ordered {order} over a week ago and the parcel has still"
                " not arrived. Regards, {name}"
            ),
        ),
        (
            "Wo bleibt mein Paket?",
            (
                "Guten Tag, meine Bestellung {order} ist nach über einer Woche noch"
                " nicht da. Grüße, {name}"
            ),
        ),
    ),
    (
        (
            "Broken on arrival",
            (
                "The teapot of order {order} came with a broken lid."
                ' "Handle with care" was on the box. {name}'
            ),
        ),
        (
            "Beschädigt angekommen",
            "Bei der Teekanne aus {order} ist der Deckel zerbrochen. Was nun? {name}",
        ),
    ),
    (
        (
            "Return and refund",
            (
                "I would like to return one item of {order}. How long does the refund take?\n"
                "Thank you, {name}"
            ),
        ),
        (
            "Rücksendung und Erstattung",
            (
                "Ich möchte einen Artikel aus {order} zurückgeben."
                " Wie lange dauert die Erstattung?\n{name}"
            ),
        ),
    ),
    (
        (
            "Charged twice?",
            "My card statement shows two payments for {order}. Please check. {name}",
        ),
        (
            "Doppelt abgebucht?",
            "Auf meiner Abrechnung steht {order} zweimal. Bitte prüfen Sie das. {name}",
        ),
    ),
    (
        (
            "Invoice needed",
            "Could you send me the invoice for {order} with our company address? {name}",
        ),
        (
            "Rechnung gesucht",
            "Können Sie mir die Rechnung zu {order} mit unserer Firmenanschrift senden? {name}",
        ),
    ),
    (
        ("Wrong colour", "The bowls of {order} are blue, I had chosen green. {name}"),
        ("Falsche Farbe", "Die Schalen aus {order} sind blau, bestellt war grün. {name}"),
    ),
    (
        (
            "Is the oak board still available?",
            "I cannot find the large oak board any more. Will it come back? {name}",
        ),
        (
            "Gibt es das Eichenbrett noch?",
            "Ich finde das große Eichenbrett nicht mehr. Kommt es wieder? {name}",
        ),
    ),
    (
        (
            "Delivery to an island",
            "Do you deliver to islands, and what does the shipping cost? {name}",
        ),
        ("Lieferung auf eine Insel", "Liefern Sie auf Inseln, und was kostet der Versand? {name}"),
    ),
)
BEFORE = 6


def topic_lists() -> tuple[str, str]:
    """Subjects and messages as two DuckDB lists: topic 0 in English, topic 0 in German,
    topic 1 in English …"""
    pairs = [pair for topic in TOPICS for pair in topic]
    return texts([subject for subject, _ in pairs]), texts([body for _, body in pairs])

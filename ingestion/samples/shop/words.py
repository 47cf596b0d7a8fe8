"""The invented vocabulary of the sample shop: names, places, goods, campaigns. Data only.

Every person is made up, every mailbox lies under a domain that is reserved for examples (RFC 2606),
and every telephone prefix is one of the country's mobile ranges, so that a number checker takes
the numbers seriously.
"""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
FIRST_NAMES = (
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannah", "Ida", "Jakob", "Jörg",
    "Karla", "Lea", "Lukas", "Marie", "Max", "Mia", "Nele", "Noah", "Olivia", "Paul", "Pia", "Ruth",
    "Sofia", "Theo", "Uwe", "Vera", "Yara", "Zoe", "Jürgen", "Günter", "Sören", "Björn", "Käthe",
    "Renée", "Chloé", "Léon", "Élise", "Hugo", "Inès", "Jules", "Camille", "Mathis", "Lotte",
    "Daan", "Sanne", "Pieter", "Femke", "Giulia", "Marco", "Chiara", "Luca", "Elena", "Pablo",
    "Lucía", "Diego", "Carmen", "James", "Oliver", "Amelia", "George", "Isla", "Harry", "Grace",
    "Ava", "Liam", "Ethan", "Madison", "Haruto", "Yui", "Sakura", "Ren", "Urs", "Reto", "Beat",
    "Vreni", "Mehmet", "Ayşe", "Elif", "Emre", "Agnieszka", "Piotr", "Zofia", "Jan", "Ines", "Nora",
    "Tom", "Tim", "Lisa", "Laura", "Julia", "Sarah", "Jonas", "Finn", "Leon", "Moritz", "Frieda",
    "Mathilda",
)

LAST_NAMES = (
    "Ahrens", "Albrecht", "Bauer", "Becker", "Berger", "Böhm", "Brandt", "Busch", "Dietrich",
    "Engel", "Fischer", "Frank", "Fuchs", "Graf", "Groß", "Günther", "Hahn", "Hartmann", "Herrmann",
    "Hoffmann", "Huber", "Jäger", "Jansen", "Kaiser", "Keller", "Klein", "Koch", "König", "Kraus",
    "Krüger", "Kuhn", "Lang", "Lehmann", "Lorenz", "Maier", "Martin", "Meyer", "Möller", "Müller",
    "Neumann", "Otto", "Peters", "Pfeiffer", "Pohl", "Richter", "Roth", "Sauer", "Schäfer",
    "Schmidt", "Schneider", "Scholz", "Schröder", "Schulz", "Schwarz", "Seidel", "Simon", "Sommer",
    "Stein", "Vogel", "Vogt", "Wagner", "Walter", "Weber", "Weiß", "Werner", "Winkler", "Winter",
    "Wolf", "Ziegler", "Zimmermann", "Dubois", "Moreau", "Laurent", "Lefèvre", "Girard", "Bonnet",
    "Bakker", "Visser", "Smit", "Mulder", "Bos", "Rossi", "Russo", "Ferrari", "Bianchi", "Romano",
    "García", "Martínez", "López", "Sánchez", "Pérez", "Peeters", "Janssens", "Maes", "Smith",
    "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall", "Miller",
    "Davis", "Clark", "Lewis", "Young", "Satō", "Suzuki", "Tanaka", "Itō", "Brunner", "Gerber",
    "Widmer", "Frei", "Baumgartner", "Steiner", "Mayr", "Yılmaz", "Kaya", "Demir", "Nowak",
    "Kowalski", "Wójcik",
)

MAIL_DOMAINS = (
    "example.com", "example.org", "example.net", "mail.example.com", "post.example.org",
    "inbox.example.net", "web.example.com", "free.example.net",
)

STREETS = (
    "Hauptstraße", "Gartenweg", "Bahnhofstraße", "Lindenallee", "Am Markt", "Schulstraße",
    "Mühlenweg", "Rosenstraße", "Kirchgasse", "Market Street", "Rue du Moulin", "Via Garibaldi",
    "Calle Mayor", "Dorpsstraat",
)
# fmt: on


@dataclass(frozen=True)
class Country:
    """Where customers live.

    `share` of persons, `digits` = minor units of the currency (ISO 4217), `tax` = VAT rate.
    """

    code: str
    currency: str
    digits: int
    share: float
    tax: float
    calling_code: str
    trunk: str
    mobile_prefix: str
    cities: tuple[
        tuple[str, str], ...
    ]  # (city, postcode with # for a digit that differs by address)


# fmt: off
COUNTRIES = (
    Country("DE", "EUR", 2, 0.56, 0.19, "49", "0", "1512", (
        ("Berlin", "1043#"), ("Hamburg", "2035#"), ("München", "8033#"), ("Köln", "5066#"),
        ("Leipzig", "0410#"),
        ("Göttingen", "3707#"), ("Freiburg", "7910#"), ("Münster", "4814#")
    )),
    Country(
        "AT", "EUR", 2, 0.08, 0.2, "43", "0", "664",
        (("Wien", "10#0"), ("Graz", "801#"), ("Linz", "402#")),
    ),
    Country(
        "FR", "EUR", 2, 0.07, 0.2, "33", "0", "61",
        (("Lyon", "6900#"), ("Nantes", "4400#"), ("Saint-Étienne", "4200#")),
    ),
    Country(
        "NL", "EUR", 2, 0.06, 0.21, "31", "0", "61",
        (("Utrecht", "351# AB"), ("Leiden", "231# CD")),
    ),
    Country(
        "IT", "EUR", 2, 0.04, 0.22, "39", "", "347", (("Torino", "1012#"), ("Bologna", "4012#")),
    ),
    Country(
        "ES", "EUR", 2, 0.03, 0.21, "34", "", "61", (("Valencia", "4600#"), ("Málaga", "2901#")),
    ),
    Country("BE", "EUR", 2, 0.02, 0.21, "32", "0", "47", (("Gent", "900#"), ("Liège", "400#"))),
    Country(
        "GB", "GBP", 2, 0.06, 0.2, "44", "0", "741", (("Leeds", "LS# 4AB"), ("Bristol", "BS# 5CD")),
    ),
    Country("CH", "CHF", 2, 0.04, 0.081, "41", "0", "79", (("Zürich", "800#"), ("Bern", "301#"))),
    Country(
        "US", "USD", 2, 0.035, 0.0, "1", "", "212", (("Portland", "9720#"), ("Boston", "0211#")),
    ),
    Country(
        "JP", "JPY", 0, 0.005, 0.1, "81", "0", "901",
        (("Kyōto", "600-800#"), ("Ōsaka", "530-000#")),
    ),
)
# fmt: on

US_AREA_CODES = ("212", "213", "312", "415", "512", "602", "617", "702", "713", "917")

# (title, reference price in euro), ascending: a line of an order gets the product whose
# reference price is nearest.
# fmt: off
PRODUCTS = (
    ("Tea strainer", 2.5), ("Cork coaster", 3.5), ("Pencil set", 4.5), ("Linen napkin", 5.5),
    ("Green tea 100 g", 6.5), ("Kitchen twine", 7.5), ("Wooden spoon", 8.5),
    ("Espresso beans 250 g", 9.5), ("Enamel mug", 11.0), ("Notebook A5", 12.5), ("Honey jar", 14.0),
    ("Tea towel pair", 16.0), ("Chopping board small", 18.0), ("Storage jar", 20.0),
    ("Candle beeswax", 22.5), ("Salt mill", 25.0), ("Filter coffee maker", 28.0),
    ("Serving bowl", 32.0), ("Picnic blanket", 36.0), ("Teapot 1 l", 41.0), ("Cutting knife", 46.0),
    ("Cast iron pan 20 cm", 52.0), ("Wool throw", 59.0), ("Carafe set", 67.0),
    ("Cast iron pan 28 cm", 76.0), ("Picnic basket", 86.0), ("Coffee grinder", 98.0),
    ("Down pillow", 112.0), ("Dutch oven", 130.0), ("Desk lamp", 150.0), ("Bread box oak", 175.0),
    ("Chef's knife set", 205.0), ("Garden lounger", 240.0), ("Espresso machine", 290.0),
    ("Dining chair", 350.0), ("Oak side table", 430.0),
)
# fmt: on


# What stands on which shelf of the shop: product type → titles.
# fmt: off
SHELVES = {
    "Tea and coffee": (
        "Tea strainer", "Green tea 100 g", "Espresso beans 250 g", "Filter coffee maker",
        "Teapot 1 l", "Coffee grinder",
        "Espresso machine",
    ),
    "Kitchen": (
        "Kitchen twine", "Wooden spoon", "Chopping board small", "Storage jar", "Salt mill",
        "Cutting knife", "Cast iron pan 20 cm", "Cast iron pan 28 cm", "Dutch oven",
        "Bread box oak", "Chef's knife set",
    ),
    "Table": (
        "Cork coaster", "Linen napkin", "Enamel mug", "Honey jar", "Tea towel pair", "Serving bowl",
        "Carafe set",
    ),
    "Stationery": ("Pencil set", "Notebook A5"),
    "Home": (
        "Candle beeswax", "Wool throw", "Down pillow", "Desk lamp", "Dining chair",
        "Oak side table",
    ),
    "Outdoor": ("Picnic blanket", "Picnic basket", "Garden lounger"),
}
# fmt: on
VENDORS = ("Hauswerk", "Nordkiste", "Atelier Moulin", "Bottega Sole", "Kantine & Co")


@dataclass(frozen=True)
class AdAccount:
    """Where campaigns are booked: the platform (a source of extracts) and
    the currency it bills in."""

    platform: str
    currency: str


@dataclass(frozen=True)
class Campaign:
    """One way a visit begins: its channel, the UTM values it carries, the referrer,
    and what it costs per click."""

    channel: str
    source: str | None
    medium: str | None
    name: str | None
    referrer: str | None
    share: float  # of first visits
    quality: float  # > 0: brings people of higher value more often
    ad_account: int | None = None
    ad_campaign: int | None = None
    cost_per_click: float = 0.0  # in the ad account's currency


GOOGLE = "https://www.google.com/"
# fmt: off
CAMPAIGNS = (
    Campaign("direct", None, None, None, None, 0.17, 0.3),
    Campaign("organic_search", None, None, None, GOOGLE, 0.19, 0.2),
    Campaign("organic_search", None, None, None, "https://www.bing.com/", 0.03, 0.2),
    Campaign("referral", None, None, None, "https://blog.example.net/gifts", 0.06, 0.5),
    Campaign(
        "paid_search", "google", "cpc", "brand_search", GOOGLE, 0.10, 0.4, 2121450128, 9935249401,
        0.35,
    ),
    Campaign(
        "paid_search", "google", "cpc", "kitchen_generic", GOOGLE, 0.12, 0.0, 2121450128,
        9935249402, 0.85,
    ),
    Campaign(
        "paid_search", "google", "cpc", "gifts_generic", GOOGLE, 0.08, -0.6, 2121450128, 9935249403,
        0.75,
    ),
    Campaign(
        "paid_search", "google", "cpc", "uk_launch", GOOGLE, 0.04, -0.1, 3121450130, 8835249404,
        0.90,
    ),
    Campaign(
        "paid_social", "facebook", "paid_social", "spring_lookbook", "https://www.facebook.com/",
        0.08, -0.5, 1700450170, 23850449501, 0.55,
    ),
    Campaign(
        "paid_social", "instagram", "paid_social", "creator_kitchen", "https://www.instagram.com/",
        0.06, -0.2, 1700450170, 23850449502, 0.70,
    ),
    Campaign(
        "affiliate", "gutscheine", "affiliate", "voucher_portal", "https://vouchers.example.org/",
        0.04, -0.8,
    ),
    Campaign("email", "newsletter", "email", "weekly_news", None, 0.03, 0.6),
)
# fmt: on
AD_ACCOUNTS = {
    2121450128: AdAccount("google_ads", "EUR"),
    3121450130: AdAccount("google_ads", "GBP"),
    1700450170: AdAccount("meta_ads", "EUR"),
}
# How a later visit begins: the index of a campaign and its share.
RETURN_VISITS = ((0, 0.50), (1, 0.17), (4, 0.10), (11, 0.20), (8, 0.03))


def ascii_slug(name: str) -> str:
    """`name` as people spell it in a mailbox: lower case, ASCII letters only."""
    spelled = name.lower()
    for letter, spelling in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("ş", "s"),
        ("ı", "i"),
        ("ó", "o"),
    ):
        spelled = spelled.replace(letter, spelling)
    plain = spelled.translate(str.maketrans("éèêëáàíìïúùōūñç", "eeeeaaiiiuuounc"))
    return "".join(letter for letter in plain if "a" <= letter <= "z")

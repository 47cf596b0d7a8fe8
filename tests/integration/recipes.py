"""What the README's recipes add to files that are there already."""

from typing import NamedTuple

MODELS = "dbt_project/models"


class Addition(NamedTuple):
    """Lines that a recipe adds to a file, behind the line that begins like `behind`
    (nothing: at the end)."""

    recipe: str
    file: str
    behind: str
    lines: str


LINES = (
    Addition(
        "source", "clientele.yml", "sources:", "  loyalty: {enabled: true, freshness_days: 60}\n"
    ),
    Addition(
        "source",
        f"{MODELS}/sources.yml",
        "      - {name: hubspot_contacts",
        "      - {name: loyalty_cards, description: One row per registration of a loyalty card.}\n",
    ),
    Addition(
        "source",
        f"{MODELS}/identity/source_records.sql",
        "            ref('stg_hubspot__contacts')",
        "            ref('stg_loyalty__cards'),\n",
    ),
    Addition(
        "identifier",
        "dbt_project/seeds/identifier_types.csv",
        "stripe_customer_id",
        "loyalty_card,45,true,text,false,10,,0.99,Number of a loyalty card\n",
    ),
    Addition(
        "mart",
        f"{MODELS}/marts/_marts__models.yml",
        "",
        """
  - name: loyalty_revenue
    description: "One row per kind of buyer: with and without a loyalty card."
    config: {meta: {owner: marketing}}
    columns:
      - name: has_card
        data_type: boolean
        description: Whether they hold a card.
        constraints: [{type: not_null}]
        data_tests: [unique]
      - name: currency_code
        data_type: varchar
        description: "{{ doc('reporting_currency') }}"
        constraints: [{type: not_null}]
      - name: orders_count
        data_type: integer
        description: Their revenue orders.
        constraints: [{type: not_null}]
      - name: net_revenue
        data_type: "decimal(18,2)"
        description: Their revenue.
        constraints: [{type: not_null}]
""",
    ),
    Addition(
        "segment", "dbt_project/dbt_project.yml", "    lapsing:", "    loyal_buyers: {version: 1}\n"
    ),
    Addition(
        "segment",
        f"{MODELS}/segments/_segments__models.yml",
        "",
        """
  - name: seg_loyal_buyers
    description: One row per buyer with a loyalty card.
    config: {meta: {owner: marketing}}
    columns:
      - name: customer_id
        data_type: varchar
        description: "{{ doc('customer_id') }}"
        constraints: [{type: not_null}]
        data_tests: [unique]
      - name: email
        data_type: varchar
        description: E-mail address.
        config: {meta: {pii: email}}
      - name: orders_count
        data_type: integer
        description: "{{ doc('orders_count') }}"
        constraints: [{type: not_null}]
""",
    ),
    Addition(
        "segment",
        f"{MODELS}/sync/_sync__exposures.yml",
        "",
        """
  - name: till_loyal_buyers
    type: application
    owner: {name: marketing}
    description: Who is greeted by name at the till.
    depends_on:
      - ref('seg_loyal_buyers')
    config:
      meta:
        sync:
          destination: till
          object: loyal_buyers
          model: seg_loyal_buyers
          fields: [email]
          key: customer_id
          mode: mirror
          purpose: marketing
          channel: email
          contact_point: email
""",
    ),
    Addition(
        "destination",
        "clientele.yml",
        "destinations:",
        "  till: {enabled: true, options: {kind: folder, folder: FOLDER}}\n",
    ),
)

"""The sample shop: an invented company with a seed, its systems' extracts,
and the truth about its customers.

`make_sample` writes what Shopify, Stripe, HubSpot, a web tracker, Google Ads, Meta Ads,
the European Central Bank and a consent tool would deliver, in the shapes of the contracts under
ingestion/sources. Nothing here is read by the warehouse.
"""

from ingestion.samples.shop.sample import SampleReport, make_sample

__all__ = ["SampleReport", "make_sample"]

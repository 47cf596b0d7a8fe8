"""A stand-in for the outside world: one local HTTP server that keeps its contracts,
remembers what it was sent, and fails on demand.

The quick start pushes to it and the tests use the same one. By hand it is `clientele sandbox`;
each destination lives below a folder of its name, a Shopify shop to pull from below `/shopify`,
the faults at `/__ctl/faults`, what was applied at `/__ctl/effects`; these two want the token that
every start has of its own.
"""

from orchestration.reverse_etl.sandbox.server import Sandbox

__all__ = ["Sandbox"]

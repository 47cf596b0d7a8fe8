"""Readers: from an extract's bytes to Arrow batches of text that DuckDB checks.

One module per format.
"""

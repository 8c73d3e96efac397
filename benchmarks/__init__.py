"""The benchmarks of docs/benchmarks.md: the product compared with the alternatives.

Runs on a database of its own, because it empties the catalogue again and again.
"""

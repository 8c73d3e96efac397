"""What docs/benchmarks.md describes: the product measured against what else there is to do.

Runs on a database of its own, because it empties the catalogue again and again.
"""

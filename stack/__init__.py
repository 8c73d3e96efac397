"""PostgreSQL, Valkey and the processes of the product, started and kept running by one command.

Nothing here imports Django's settings: they can't be loaded before the servers are known.
"""

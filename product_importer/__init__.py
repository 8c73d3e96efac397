"""The site: its settings, its addresses, and the servers that `run.py` starts."""

"""One script per performance goal; ratios inside one run, never absolute promises (see measure.py)."""

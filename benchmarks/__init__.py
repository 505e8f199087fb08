"""Measurements: `make bench`. Every figure stands beside a baseline of the same run; nothing asserts a time."""

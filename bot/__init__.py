"""Convoy: the Slack bot for releases that span many repositories. It plans, and never executes.

`docs/architecture.md` draws the house: pure release logic at the bottom, Slack at one edge, `app.py` on top.
"""

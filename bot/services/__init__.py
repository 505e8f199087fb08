"""One function per intent: planning, tracking, alerting, digests.

They see the Protocols of `ports.py`, never an adapter, and no Slack client.
"""

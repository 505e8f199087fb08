"""The way in over HTTP: what Slack signed is verified byte by byte, deduplicated and handed to Bolt.

What belongs here: verification, parsing and dedupe of requests (also of Socket Mode envelopes, which carry the same
payloads), health and readiness. What does not: commands, releases, and anything that a person reads.
"""

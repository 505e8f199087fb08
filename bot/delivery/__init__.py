"""Deliveries: the ledger of what was said to whom, the durable queue that says it, and the way to Slack.

Here belong the tables and their migrations, the adapter of the `Deliveries` port, the engine that sends each recorded
message once, and the sender. What is worth saying, to whom and in which words is decided below, in `release/`,
`services/` and `blocks/`; nothing here knows what a release is.
"""

"""The way in from Slack: thin listeners that parse, authorise, call one service and hand the result to a block builder.

What belongs here: the table of commands, its parser, who may ask, and the registration of it all on a Bolt app. What
does not: sentences that a person reads (`blocks/`), decisions about releases (`release/`), HTTP (`web/`).
"""

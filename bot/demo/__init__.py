"""The demo: a sandbox workspace, two release trains, and the bot itself with nothing left out.

The only place that knows both the sandbox and Convoy. The bot that runs here is the one of `bot/app.py`; only its
settings (a base URL, a temporary store) and its clock (a day every few seconds) are the demo's. `stage.py` plays it.
"""

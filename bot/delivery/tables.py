"""The tables, as the code of this version sees them. `migrations/` builds them; a test holds the two together."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, UniqueConstraint

from bot.delivery.database import PlainText, UtcDateTime

# Names that do not depend on the database, so that a later migration can speak of them.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row for each message that was decided on. `state` is queued, sent or parked. A row that is queued is tried in
# numbered runs: `runs` is the run that is wanted, `handed` the last one that the job queue was given. `doubt_since` is
# set from before a post until its fate is known; `tried_by` is the process that is at it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", PlainText, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("plan", PlainText, nullable=False),
    Column("target", PlainText, nullable=False),
    Column("payload", PlainText, nullable=False),
    Column("state", String(16), nullable=False),
    Column("runs", Integer, nullable=False),
    Column("handed", Integer, nullable=False),
    Column("handed_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_error", PlainText),
    Column("doubt_since", UtcDateTime),
    Column("tried_by", String(64)),
    Column("parts_sent", Integer, nullable=False),
    Column("slack_channel", String(64)),
    Column("slack_ts", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    UniqueConstraint("key"),
    Index(None, "state", "next_at"),
    Index(None, "target"),
)

# What each captain was last told of each root cause. `ident` is a digest of the three names: they have no length limit,
# an index has.
incidents = Table(
    "incidents",
    metadata,
    Column("ident", String(64), primary_key=True),
    Column("plan", PlainText, nullable=False),
    Column("captain", PlainText, nullable=False),
    Column("cause", PlainText, nullable=False),
    Column("fingerprint", PlainText, nullable=False),
    Column("told_at", UtcDateTime, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("acked_by", PlainText),
    Column("acked_at", UtcDateTime),
    Index(None, "plan"),
)

digests = Table(
    "digests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("plan", PlainText, nullable=False),
    Column("key", PlainText, nullable=False),
    Column("commit", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("plan", "key"),
)

# Requests and events that were taken already, so that a replay or a redelivery does nothing.
seen_requests = Table(
    "seen_requests",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

# Processes that send. One whose heartbeat stopped is dead, and what it had begun is taken over.
replicas = Table(
    "replicas",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
)

# Edits that were taken and have no outcome yet, and for a while those that have one. `outcome` is null, `done`,
# `refused` or `parked` (Convoy failed at it, `last_error` says how); `told` is set when the author read that it waits.
edits = Table(
    "edits",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("plan", PlainText, nullable=False),
    Column("payload", PlainText, nullable=False),
    Column("author", PlainText, nullable=False),
    Column("base", String(64)),
    Column("written_at", UtcDateTime, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("tried_at", UtcDateTime),
    Column("last_error", PlainText),
    Column("outcome", String(16)),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("id"),
    Index(None, "outcome"),
)

# What sources said last: `text`, and the oid or ETag that says whether it still holds. `key` is a digest of what was
# asked. Losing a row costs one request.
source_notes = Table(
    "source_notes",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("mark", PlainText, nullable=False),
    Column("text", PlainText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

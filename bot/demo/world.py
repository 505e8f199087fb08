"""Who and what is in the demo: people, channels, plans and who answers for what."""

from bot.demo.trains import HERE, Train
from bot.sandbox import Channel, Person

LEAD, ANA, BO = "U0LEA", "U0ANA", "U0BO"
CAMARA_LEADS = (1442, 1997, 1998, 2326, 2651, 4287, 4521, 4538, 4776, 5205, 8087, 8970)

PEOPLE = (
    Person(LEAD, "lea", "Lea Moreau (lead captain)", tz="Europe/Berlin", email="lea@example.org"),
    Person(ANA, "ana", "Ana Diaz (captain of Product A)", tz="Europe/Madrid", email="ana@example.org"),
    Person(BO, "bo", "Bo Lind (captain of Platform)", tz="Europe/Stockholm", email="bo@example.org"),
    Person("U0GUS", "gus", "Gus (a guest)", tz="Europe/Berlin", is_guest=True),
    *(Person(f"U0C{n}", f"captain-{n}", f"Captain {n}", tz="Europe/Berlin") for n in CAMARA_LEADS),
)
CHANNELS = (
    Channel("C0SUMMIT", "summit-launch", topic="Summit 2026 Q1 Launch"),
    Channel("C0CAMARA", "camara-sync26", topic="The Sync26 meta-release of CAMARA, as it really went"),
)
CAPTAINS = {
    "Lead Captain": {"slack": LEAD},
    "Product Release Captain A": {"slack": ANA, "deputy": "Lead Captain"},
    "Platform Ops Captain": {"slack": BO, "deputy": "Lead Captain"},
    **{f"captain-{n}": {"slack": f"U0C{n}"} for n in CAMARA_LEADS},
}
TRAINS = {
    "summit-2026-q1-launch": Train(HERE / "summit"),
    "camara-sync26": Train(
        HERE / "camara-sync26",
        {"lead": "Lead Captain", "channel": "#camara-sync26", "timezone": "Europe/Berlin"},
    ),
}

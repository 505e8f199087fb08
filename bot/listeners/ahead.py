"""The answers that look ahead: why one repository waits and when it can be ready, and what a slip of it would do."""

from bot.blocks.ahead import Ahead
from bot.blocks.impact import impact_message, no_impact
from bot.blocks.message import Message
from bot.blocks.why import why
from bot.listeners.commands import ShowImpact
from bot.listeners.services import Services
from bot.release.impact import NoImpact
from bot.services.planning import View


async def why_message(services: Services, view: View, repository: str, asker: str) -> Message:
    """What blocks one repository, its dates, and what the past says of it as far as that has been read."""
    found = view.assessment.find(repository)
    ahead = None
    if found is not None:
        dated = await services.outlook.date_of(view, found.name)
        ahead = Ahead(dated, services.outlook.at_hand(view, found.name))
    return why(view.assessment, repository, slug=view.slug, people=view.people, asker=asker, ahead=ahead)


async def impact_answer(services: Services, view: View, asked: ShowImpact, asker: str) -> Message:
    """Who waits on one repository, and what it would do if it came later. Nothing is written."""
    found = await services.outlook.impact(view, asked.repository, asked.slip)
    if isinstance(found, NoImpact):
        return no_impact(found, view.assessment, asked.repository, slug=view.slug, slip=asked.slip)
    forecast = services.outlook.at_hand(view, found.subject.name)
    return impact_message(found, view.assessment, slug=view.slug, people=view.people, asker=asker, forecast=forecast)

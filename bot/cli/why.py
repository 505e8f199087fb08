"""`convoy why`: what one repository waits on, along which path, whose that is, and when it can be ready."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import Now, Slug, Store, fail
from bot.cli.looking import At, Looked, look
from bot.cli.terminal import say, say_json

if TYPE_CHECKING:
    from bot.cli.why_lines import Answer
    from bot.release.assessment import Assessment, RepositoryHealth


def why(
    slug: Slug,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="The repository, as the plan names it.")],
    at: At = None,
    now: Now = None,
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of text.")] = False,
) -> None:
    """Show what one repository waits on and why, who can change that, and what it holds up itself."""
    seen = look(slug, at, now, store)
    found = seen.assessment.find(repository)
    if found is not None:
        _tell(slug, _answer(slug, found, seen), seen, as_json=as_json)
    else:
        _tell_outsider(slug, repository, seen, as_json=as_json)


def _answer(slug: str, found: "RepositoryHealth", seen: Looked) -> "Answer":
    from bot.cli.why_lines import Answer
    from bot.release.dates import dates

    past = seen.past()
    row = seen.assessment.repositories.index(found)
    dated = dates(seen.state.folder, seen.assessment.now).repositories[row]
    forecast = past.forecast(slug, found, seen.assessment) if past is not None else None
    return Answer(seen.assessment, found, dated, forecast)


def _tell(slug: str, answer: "Answer", seen: Looked, *, as_json: bool) -> None:
    from bot.cli.status_data import cause_data, head_data, repository_data
    from bot.cli.why_lines import why_lines
    from bot.release.why_words import held_up

    if not as_json:
        for line in why_lines(answer):
            say(line)
        return
    say_json({
        **head_data(slug, seen.state.commit, seen.assessment),
        "repository": repository_data(answer.found, answer.dated, answer.forecast),
        "outsider": None,
        "rootCauses": [cause_data(cause) for cause in answer.causes],
        "holdsUp": list(held_up(seen.assessment, answer.found)),
    })  # fmt: skip


def _tell_outsider(slug: str, repository: str, seen: Looked, *, as_json: bool) -> None:
    """What is not in the plan and needed by it: by whom. What nobody knows ends the command with the near names."""
    from bot.cli.status_data import head_data
    from bot.release.suggest import did_you_mean

    outsider = _outsider(seen.assessment, repository)
    if outsider is None:
        known = sorted(_known(seen.assessment))
        fail(f"convoy: there is no repository {repository!r} in {slug}{did_you_mean(repository, known)}")
    if as_json:
        head = head_data(slug, seen.state.commit, seen.assessment)
        say_json({**head, "repository": None, "outsider": outsider, "rootCauses": [], "holdsUp": []})
        return
    for line in _outsider_lines(slug, outsider):
        say(line)


def _known(assessment: "Assessment") -> set[str]:
    return {name for r in assessment.repositories for name in (r.name, *(d.name for d in r.dependencies))}


def _outsider(assessment: "Assessment", repository: str) -> Mapping[str, Any] | None:
    from bot.release.why_words import needing

    needed = needing(assessment, repository)
    if not needed:
        return None
    return {
        "name": repository,
        "neededBy": [
            {
                "name": r.name,
                "version": r.version,
                "requirement": d.requirement,
                "verdict": d.verdict.value,
                "reason": d.reason,
                "advice": d.advice,
                "evidence": d.evidence,
            }
            for r, d in needed
        ],
    }


def _outsider_lines(slug: str, outsider: Mapping[str, Any]) -> Iterator[str]:
    from bot.release.words import count, label, sentence

    needed = outsider["neededBy"]
    need = "needs" if len(needed) == 1 else "need"
    yield f"{outsider['name']} is not in {slug}, but {count(len(needed), 'repository')} {need} it."
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in needed:
        alike.setdefault((one["verdict"], one["reason"], one["advice"]), []).append(label(one["name"], one["version"]))
    for (verdict, reason, advice), who in alike.items():
        yield f"{verdict}, for {', '.join(who)}: {' '.join(sentence(said) for said in (reason, advice) if said)}"

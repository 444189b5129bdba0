"""The table of the lessons in docs/explore.md, made from their outline: `python -m docs.tables` writes it."""

from collections.abc import Sequence

from audioclf.lessons.outline import CHAPTERS
from audioclf.wording import text


def steps() -> tuple[Sequence[str], list[Sequence[str]]]:
    rows: list[Sequence[str]] = []
    for chapter in CHAPTERS:
        for step in chapter.steps:
            settings = ", ".join(f"`{control.name}`" for control in step.controls)
            question = text(step.ask).split("|")[0].strip()
            rows.append((text(chapter.title), f"`{step.id}`", question, settings, f"`{step.function}`"))
    return ("chapter", "step and view", "question", "settings", "function"), rows

"""A button that explains itself: on tap, Enter or keyboard focus it shows a few words beside it."""

from secrets import token_hex


def popover(face: str, words: str, kind: str = "ac-term", data: str = "") -> str:
    """A button and the words that it shows, to be put where text may stand, any number of times on a page.

    face, words: HTML without block elements; a screen reader reads `words` as the button's description.
    kind: class of the button. data: further attributes, such as ' data-certainty="sure"'.
    """
    key = f"ac-words-{token_hex(6)}"  # every part of the page is redrawn by itself, so a count would repeat
    return (
        f'<button type="button" class="ac-explains {kind}" popovertarget="{key}" aria-describedby="{key}"{data}>'
        f'{face}</button><span class="ac-words" id="{key}" popover>{words}</span>'
    )

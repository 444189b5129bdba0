"""HTML read back: its elements, attributes and text, and a text that must never become markup."""

from html.parser import HTMLParser

EVIL = "<img src=x onerror=alert(1)>\"'&.wav"
VOID = {"img", "input", "meta", "br"}


class Page(HTMLParser):
    """Every element with its attributes, and its text; fails on tags that do not nest."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def having(self, **wanted: str) -> list[dict[str, str | None]]:
        """Attributes of the elements that have all of these; class_ and data_x stand for class and data-x."""
        pairs = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        return [
            attrs
            for _, attrs in self.elements
            if all(
                value in (attrs.get(k) or "").split() or attrs.get(k) == value for k, value in pairs.items()
            )
        ]

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

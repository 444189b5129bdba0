"""Markdown that makes a careless page load something; {url} is where it would be loaded from. Add rows."""

LOADING = {
    "image": "![i]({url})",
    "two marks": "!![i]({url})",
    "many marks": "!!!!![i]({url})",
    "reference": "![r][ref]\n\n[ref]: {url}",
    "two marks and a reference": "!![r][ref]\n\n[ref]: {url}",
    "collapsed reference": "![ref][]\n\n[ref]: {url}",
    "image in a link": "[![i]({url})](https://example.org)",
    "image in an image": "![![i]({url})]({url})",
    "image over two lines": "![i\ni](\n{url})",
    "image in a table": "| a |\n| --- |\n| !![i]({url}) |",
    "image in a footnote": "a[^1]\n\n[^1]: !![i]({url})",
    "HTML": "<img src={url}>",
    "HTML in capitals": "<IMG SRC={url}>",
    "HTML over two lines": "<img\nsrc={url}>",
    "HTML after a mark": "!<img src={url}>",
    "HTML in entities": "&lt;img src={url}&gt;",
    "video": "<video autoplay src={url}></video>",
    "picture": "<picture><source srcset={url}><img></picture>",
    "SVG": "<svg><image href={url} /></svg>",
    "style": "<p style='background: url({url})'>x</p>",
    "style sheet": "<style>@import url({url});</style>",
    "frame": "<iframe src={url}></iframe>",
    "autolink": "<{url}>",
    "bare link": "{url}",
    "mermaid": '```mermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "mermaid with HTML": "```mermaid\ngraph LR\n a[\"<img src='{url}'>\"]\n```",
    "mermaid with tildes": '~~~mermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n~~~',
    "mermaid after a space": '```  mermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "mermaid after a form feed": '```\x0cmermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "mermaid and more": '`````mermaid {{x}}\ngraph LR\n a["&lt;img src={url}&gt;"]\n`````',
    "mermaid in capitals": '```MERMAID\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "mermaid in a list": '- ```mermaid\n  graph LR\n   a["&lt;img src={url}&gt;"]\n  ```',
    "mermaid in a quotation": '> ```mermaid\n> graph LR\n>  a["&lt;img src={url}&gt;"]\n> ```',
    "mermaid with an escape": '```\\mermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "mermaid with an entity": '```&#109;ermaid\ngraph LR\n a["&lt;img src={url}&gt;"]\n```',
    "formula": "$$\\includegraphics{{{url}}}$$",
    "formula with HTML": "$$\\htmlStyle{{background: url({url})}}{{x}}$$",
}


def written(url: str) -> dict[str, str]:
    """Each card, loading from the given address; the name of the row is the end of the address."""
    return {name: text.format(url=f"{url}/{name.replace(' ', '-')}.png") for name, text in LOADING.items()}

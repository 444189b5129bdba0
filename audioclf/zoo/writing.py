"""Write models into a registry's folder, and generate its cards, index and page from the models' configs."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from audioclf.atomic import write_whole
from audioclf.models import Model, SpeakerModel
from audioclf.types import ZooError
from audioclf.zoo.card import render_card, render_root
from audioclf.zoo.checkpoint import build_model, self_test
from audioclf.zoo.config import ModelConfig, check_config, parse_config
from audioclf.zoo.files import CARD, CONFIG, INDEX, WEIGHTS, read_bounded
from audioclf.zoo.index import INDEX_VERSION, read_model
from audioclf.zoo.registry import Registry, open_model, root_of
from audioclf.zoo.verification import build_verifier, verifies
from audioclf.zoo.verification import self_test as speakers_test
from audioclf.zoo.weights import pack


def save_model(folder: str | Path, config: ModelConfig, model: Model | SpeakerModel) -> None:
    """Write the three files of a model; the same model gives the same bytes. ZooError before anything is written.

    The self-test is recomputed, since it depends on weights and calibration.
    """
    config = replace(config, self_test=())
    check_config(config, config.id)
    tested = speakers_test(config, model) if verifies(config) else self_test(config, model)  # type: ignore[arg-type]
    config = replace(config, self_test=tested)
    path = Path(folder)
    contents = {
        WEIGHTS: pack(model.weights()),
        CONFIG: config.to_json().encode(),
        CARD: render_card(config).encode(),
    }
    path.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        write_whole(path / name, data)


def render_index(root: Path) -> dict[str, bytes]:
    """Contents of index.json and the root README.md for the model folders in `root`."""
    configs, entries = {}, {}
    for folder in sorted(path.parent for path in root.glob(f"*/{CONFIG}")):
        config, entry = read_model(folder)
        if config.id != folder.name:
            raise ZooError(
                f"{folder.name}: its config.json says {config.id!r}; folder and id must be the same"
            )
        configs[config.id], entries[config.id] = config, entry
    models = {name: asdict(entry) for name, entry in entries.items()}
    index = {"schema_version": INDEX_VERSION, "models": models}
    card = render_root(configs, {name: entry.size for name, entry in entries.items()})
    return {INDEX: (json.dumps(index, indent=2, ensure_ascii=False) + "\n").encode(), CARD: card.encode()}


def build_index(root: str | Path) -> Registry:
    """Write index.json and the root README.md for the model folders in `root`, and return the registry."""
    for name, data in render_index(Path(root)).items():
        write_whole(Path(root) / name, data)
    return Registry(Path(root))


def stale(root: Path) -> list[str]:
    """Names of the cards, index and root page that do not match the models' configs."""
    if not root.is_dir():
        raise ZooError(f"{root} is no folder; check --zoo or AUDIOCLF_ZOO")
    cards = {f"{name}/{CARD}": text for name, text in _cards(root).items()}
    return [
        name
        for name, data in {**cards, **render_index(root)}.items()
        if not (root / name).is_file() or (root / name).read_bytes() != data
    ]


def write_cards(root: Path) -> Registry:
    """Rewrite every card, the index and the root page."""
    for name, text in _cards(root).items():
        write_whole(root / name / CARD, text)
    return build_index(root)


def _cards(root: Path) -> dict[str, bytes]:
    folders = sorted(path.parent for path in root.glob(f"*/{CONFIG}"))
    return {folder.name: render_card(_whole(folder)).encode() for folder in folders}


def _whole(folder: Path) -> ModelConfig:
    """The config of a model in a folder, after its weights have been read, too."""
    config = parse_config(read_bounded(folder / CONFIG), folder.name)
    build = build_verifier if verifies(config) else build_model
    build(config, read_bounded(folder / WEIGHTS))
    return config


def add(where: str, to: str | None = None, instead: bool = False) -> str:
    """Verify the single model at `where`, a folder or `hf-hub:` name, and copy it into the registry `to`. Its id."""
    root, source = root_of(to), open_model(where)
    (model_id,) = source.ids()
    source.verify(model_id)
    target = root / model_id
    if target.exists() and not instead:
        raise ZooError(f"{root.name or root} has a {model_id} already; use --replace to overwrite it")
    target.mkdir(parents=True, exist_ok=True)
    for name in source.entry(model_id).files:
        write_whole(target / name, read_bounded(source.root / name))
    write_cards(root)
    return model_id

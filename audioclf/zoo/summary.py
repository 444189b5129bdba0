"""All models of a registry at a glance: one table per task, one row per model."""

from collections.abc import Iterator, Mapping, Sequence

from audioclf.wording import family_name, megabytes, percent
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.metric_tables import FEATURES, Row, Table, protocols, quoted


def summary_tables(configs: Sequence[ModelConfig], sizes: Mapping[str, int]) -> Iterator[Table]:
    """One table per task, one row per model: what the documents and the zoo's page quote.

    sizes: bytes of each model by id; a model that is not in it has an empty cell.
    """
    for task in dict.fromkeys(config.task for config in configs):
        chosen = [config for config in configs if config.task == task]
        titles = list(dict.fromkeys(p["title"] for c in chosen for p in protocols(c.metrics)))
        head = ("model", "what it is", *titles, "unknown, AUROC", "calibration error", "parameters", "size")
        yield task, head, [_summary_row(config, titles, sizes) for config in chosen]


def _summary_row(config: ModelConfig, titles: Sequence[str], sizes: Mapping[str, int]) -> Row:
    found = {p["title"]: quoted(p) for p in protocols(config.metrics)}
    auroc, ece = config.metrics.get("unknown_auroc"), config.metrics.get("ece")
    size = sizes.get(config.id)
    return (
        f"`{config.id}`",
        f"{family_name(config.family)} on {FEATURES.get(config.feature['type'], config.feature['type'])}",
        *(found.get(title, "") for title in titles),
        "" if auroc is None else f"{auroc:.3f}",
        "" if ece is None else percent(ece),
        f"{config.n_parameters:,}",
        "" if size is None else megabytes(size),
    )

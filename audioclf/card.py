"""The model card: README.md of a checkpoint, rendered from its config and from nothing else."""

from __future__ import annotations

from typing import Any

from audioclf.config import ModelConfig


def headline(config: ModelConfig) -> dict[str, Any] | None:
    """The result a listing shows: the first protocol of the metrics, or None for a model without any."""
    protocols = config.metrics.get("protocols") or {}
    return next(iter(protocols.values()), None)


def render_card(config: ModelConfig) -> str:
    """The text of README.md; the same config gives the same text."""
    return f"# {config.id}\n"

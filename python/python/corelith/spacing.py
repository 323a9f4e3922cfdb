"""Distances between voxels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corelith.errors import SettingError

Spacing = float | Sequence[float]
"""Micrometres: one length for all axes, or three for ``(z, y, x)``."""


def spacing_zyx_um(spacing_um: Spacing) -> tuple[float, float, float]:
    """The spacing along z, y and x."""
    if isinstance(spacing_um, (int, float, np.number)):
        return (float(spacing_um),) * 3
    lengths = tuple(float(length) for length in spacing_um)
    if len(lengths) != 3:
        raise SettingError(
            f"`spacing_um`: expected one length, or three (z, y, x), found {len(lengths)}"
        )
    return lengths

"""Mineral maps whose place in the volume is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

UNMEASURED = 255
"""Class of a map pixel that counts nowhere."""


@dataclass
class PlacedMap:
    """A mineral map with the position of each of its pixels in the volume.

    Args:
        name: Name in results.
        classes: ``uint8[row, column]``, rows of the mineral list; 255 where nothing was measured.
        coords_vox: ``float32[3, row, column]``: x, y and z of every pixel in voxels.
        pixel_um: Size of a pixel in micrometres.
        role: Whether networks learn from it, or it is kept back to check them.
    """

    name: str
    classes: np.ndarray
    coords_vox: np.ndarray
    pixel_um: float
    role: Literal["training", "validation"] = "training"

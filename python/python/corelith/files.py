"""Volumes in files."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from corelith import _corelith
from corelith.progress import Listener, Progress
from corelith.spacing import Spacing, spacing_zyx_um


class Volume(NamedTuple):
    """A volume and the distance between its voxels."""

    array: np.ndarray
    """``[z, y, x]``."""
    spacing_um: tuple[float, float, float] | None
    """Micrometres along z, y, x; none where the file does not say."""


def read_volume(
    path: str | os.PathLike[str],
    *,
    channel: int | None = None,
    dataset: str | None = None,
    progress: Progress = None,
) -> Volume:
    """Reads a volume exactly: a TIFF (ImageJ, OME), NRRD, MetaImage, NIfTI, NumPy, AmiraMesh,
    OME-Zarr, HDF5, Zeiss ``.txm``, or a folder or pattern of TIFF, PNG or BMP slices.

    The array is of the smallest of uint8, uint16, uint32 and float32 that holds the file's type;
    a negative value in a file of whole numbers is an error.

    Args:
        path: The file, folder or pattern.
        channel: Which channel, counted from 1, where there are several.
        dataset: Which array of an HDF5 file, such as ``"/entry/data"``, where it holds several.
        progress: See :data:`corelith.progress.Progress`.
    """
    with Listener(progress) as listener:
        array, spacing = _corelith.read_volume(os.fspath(path), channel, dataset, listener)
    if spacing is None:
        return Volume(array, None)
    z_um, y_um, x_um = spacing
    return Volume(array, (z_um, y_um, x_um))


def write_volume(
    path: str | os.PathLike[str],
    volume: np.ndarray,
    spacing_um: Spacing,
    *,
    progress: Progress = None,
) -> None:
    """Writes a volume of bool, uint8, uint16 or uint32 as a TIFF that Fiji and napari open with the
    right spacing.

    >>> import numpy as np, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels.tif"
    >>> write_volume(path, np.arange(24, dtype=np.uint16).reshape(2, 3, 4), 0.5)
    >>> array, spacing_um = read_volume(path)
    >>> array[1, 2], spacing_um
    (array([20, 21, 22, 23], dtype=uint16), (0.5, 0.5, 0.5))
    """
    with Listener(progress) as listener:
        _corelith.write_volume(os.fspath(path), volume, spacing_zyx_um(spacing_um), listener)

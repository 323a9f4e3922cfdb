"""Operations on volumes of labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from corelith import _corelith
from corelith.progress import Listener, Progress
from corelith.spacing import Spacing, spacing_zyx_um
from corelith.table import Table


def label(
    volume: np.ndarray,
    connectivity: Literal[6, 18, 26] = 26,
    *,
    multi: bool = False,
    device: str = "cpu",
    progress: Progress = None,
) -> tuple[np.ndarray, int]:
    """Labels the connected components of a volume.

    Args:
        volume: ``[z, y, x]`` of bool, uint8, uint16 or uint32; 0 is background.
        connectivity: Neighbours of a voxel: 6 across faces, 18 also edges, 26 also corners.
        multi: Whether only voxels of equal value belong together.
        device: ``"cpu"``, ``"gpu"``, ``"auto"`` or the number of an adapter.
        progress: See :data:`corelith.progress.Progress`.

    Returns:
        ``uint32[z, y, x]``, 0 in the background and 1 to N elsewhere, in the order of the first
        voxel of each component; and N.

    Raises:
        DtypeError: When the array is of another type.
        ShapeError: When it has not three axes.

    >>> import numpy as np
    >>> labels, count = label(np.array([[[1, 1, 0, 7]]], dtype=np.uint8))
    >>> labels
    array([[[1, 1, 0, 2]]], dtype=uint32)
    >>> count
    2
    """
    with Listener(progress) as listener:
        return _corelith.label(volume, connectivity, multi, device, listener)


def statistics(labels: np.ndarray, *, progress: Progress = None) -> Table:
    """Size, place and spread of every label.

    Args:
        labels: ``uint32[z, y, x]``; 0 is left out, and so are ids that no voxel has.
        progress: See :data:`corelith.progress.Progress`.

    Returns:
        A row a label, in voxels: ``id``, ``voxels``, the inclusive bounding box ``x_min_vox`` to
        ``z_max_vox``, ``centroid_x_vox`` to ``centroid_z_vox``, the central second moments
        ``covariance_xx_vox2`` to ``covariance_yz_vox2``, and ``touches_border``.

    >>> import numpy as np
    >>> found = statistics(np.array([[[1, 1, 0, 2]]], dtype=np.uint32))
    >>> found["voxels"], found["centroid_x_vox"]
    (array([2, 1], dtype=uint64), array([0.5, 3. ]))
    """
    with Listener(progress) as listener:
        return Table.of(_corelith.statistics(labels, listener))


def distance(
    mask: np.ndarray,
    spacing_um: Spacing = 1.0,
    *,
    device: str = "cpu",
    progress: Progress = None,
) -> np.ndarray:
    """Exact Euclidean distance of every voxel that is not zero to the nearest zero voxel.

    Distances are between centres of voxels. What lies outside of the volume is unknown, not
    background.

    Args:
        mask: ``[z, y, x]`` of bool or uint8.
        spacing_um: Micrometres between voxels; with 1 distances are in voxels.
        device: As for :func:`label`.
        progress: See :data:`corelith.progress.Progress`.

    Returns:
        ``float32[z, y, x]`` in micrometres: 0 at zero voxels, infinite where there is none.

    >>> import numpy as np
    >>> distance(np.array([[[0, 1, 1, 1, 0]]], dtype=bool), 2.0)
    array([[[0., 2., 4., 2., 0.]]], dtype=float32)
    """
    with Listener(progress) as listener:
        return _corelith.distance(mask, spacing_zyx_um(spacing_um), device, listener)


def separate(
    mask: np.ndarray,
    settings: Mapping[str, Any] | None = None,
    *,
    device: str = "cpu",
    progress: Progress = None,
) -> np.ndarray:
    """Takes touching particles apart by the shape of their mask.

    :meth:`corelith.Unet.segment` also sees borders in the CT that the mask does not show.

    Args:
        mask: ``[z, y, x]`` of bool or uint8; not zero is solid.
        settings: Section ``[separation]`` of a project file: ``neck_ratio``, ``convexity_weight``,
            ``smallest_voxels``, ``largest_cavity_voxels``.
        device: As for :func:`label`.
        progress: See :data:`corelith.progress.Progress`.

    Returns:
        ``uint32[z, y, x]``, 0 outside and 1 to N in the order of first voxels.

    >>> import numpy as np
    >>> z, y, x = np.ogrid[:24, :24, :44]
    >>> balls = [(z - 12) ** 2 + (y - 12) ** 2 + (x - c) ** 2 <= 100 for c in (12, 31)]
    >>> int(separate(balls[0] | balls[1]).max())
    2
    """
    with Listener(progress) as listener:
        return _corelith.separate(mask, json.dumps(dict(settings or {})), device, listener)

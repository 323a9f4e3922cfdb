"""What a scanner adds to grey values, taken out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from corelith import _corelith


def correct(
    ct: np.ndarray,
    artefacts: Iterable[Literal["shading", "rings"]] = ("shading", "rings"),
) -> tuple[np.ndarray, dict[str, Any]]:
    """Takes shading and rings out of a CT, where its own greys show them.

    A project does so by itself (``correct`` in ``[ct]``); this is for volumes that are given to
    :func:`corelith.register` or :class:`corelith.Unet` as arrays.

    Args:
        ct: ``uint16[z, y, x]``; voxels of 0 have no value and stay.
        artefacts: What is looked for: ``"shading"`` (cupping by beam hardening, an uneven beam),
            ``"rings"`` about the axis of rotation.

    Returns:
        The corrected volume, ``uint16[z, y, x]``; and what was found, by kind: ``None`` where
        there is none, else its figures (of rings ``axis``, ``[y, x]`` in voxels, and ``strength``
        and ``noise`` in greys).

    Raises:
        DtypeError: When the array is not of uint16.
        ShapeError: When it has not three axes.
        SettingError: For artefacts of another name.

    >>> import numpy as np
    >>> ct = np.full((8, 8, 8), 700, dtype=np.uint16)
    >>> corrected, found = correct(ct)
    >>> bool((corrected == ct).all()), found
    (True, {'shading': None, 'rings': None})
    """
    corrected, found = _corelith.correct(ct, list(artefacts))
    return corrected, json.loads(found)

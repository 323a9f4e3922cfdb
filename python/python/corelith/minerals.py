"""The mineral list: class ``i`` of every label volume and map is its row ``i``, from 0."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from corelith import _corelith
from corelith.errors import CorelithError

_LOG = logging.getLogger("corelith")


@dataclass(frozen=True)
class Mineral:
    """A row: name, sRGB colour in the mineral maps, density in g/cm3 where known."""

    name: str
    rgb: tuple[int, int, int]
    density_g_cm3: float | None = None


@dataclass(frozen=True)
class Minerals:
    """A mineral list.

    Args:
        rows: The minerals; their position is their class.
        background: Name of the row that is resin, epoxy or air.
        unmeasured: Names of rows whose pixels count nowhere.

    Raises:
        SettingError: When names or colours repeat, or the background is no row.

    >>> minerals = Minerals.of(["Resin", "Quartz", "Pyrite"], densities_g_cm3=[None, 2.65, 5.0])
    >>> minerals.names
    ['Resin', 'Quartz', 'Pyrite']
    >>> minerals.background
    'Resin'
    """

    rows: tuple[Mineral, ...]
    background: str
    unmeasured: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "unmeasured", tuple(self.unmeasured))
        _corelith.check_minerals(self.to_json())

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        background: str | None = None,
        densities_g_cm3: Sequence[float | None] | None = None,
    ) -> Minerals:
        """A list for labels that come from no map: colours are greys.

        The background is the first name where it is not given.
        """
        densities = [None] * len(names) if densities_g_cm3 is None else densities_g_cm3
        rows = [
            Mineral(name, (grey, grey, grey), density)
            for grey, (name, density) in enumerate(zip(names, densities, strict=True))
        ]
        return cls(tuple(rows), names[0] if background is None else background)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        background: str = "Background",
        unmeasured: Sequence[str] | None = None,
    ) -> Minerals:
        """The list in a file with columns ``mineral, red, green, blue, density_g_cm3``.

        Without ``unmeasured``, rows such as ``[Unclassified]`` count as not measured.
        """
        found, notes = _corelith.read_minerals(
            os.fspath(path), background, None if unmeasured is None else list(unmeasured)
        )
        for note in notes:
            _LOG.info("mineral list: %s", note)
        return cls.from_json(found)

    @classmethod
    def from_json(cls, text: str) -> Minerals:
        """The list that :meth:`to_json` wrote."""
        found = json.loads(text)
        rows = (
            Mineral(row["name"], tuple(row["rgb"]), row["density_g_cm3"]) for row in found["rows"]
        )
        return cls(tuple(rows), found["background"], tuple(found["unmeasured"]))

    def to_json(self) -> str:
        """The list as JSON."""
        return json.dumps(asdict(self))

    @property
    def names(self) -> list[str]:
        """Names by class."""
        return [row.name for row in self.rows]

    @property
    def colours(self) -> np.ndarray:
        """Colours by class, ``uint8[class, 3]``: ``minerals.colours[phases]`` is a picture."""
        return np.array([row.rgb for row in self.rows], dtype=np.uint8)

    def class_of(self, name: str) -> int:
        """Class of a mineral.

        Raises:
            CorelithError: When it is not in the list.
        """
        if name not in self.names:
            raise CorelithError(f"no mineral is named `{name}`; there are {', '.join(self.names)}")
        return self.names.index(name)

    @property
    def background_class(self) -> int:
        """Class of the background: ``phases != minerals.background_class`` is what is solid."""
        return self.class_of(self.background)

"""A project file and its results."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from corelith import _corelith
from corelith.errors import CorelithError, MapNotFoundError
from corelith.files import Volume, read_volume
from corelith.maps import PlacedMap
from corelith.measuring import Measurements
from corelith.minerals import Minerals
from corelith.network import Unet
from corelith.progress import Listener, Progress
from corelith.table import Table

_VOLUMES = {
    "ct": "import/ct.tif",
    "phases": "segmentation/phases.tif",
    "particles": "segmentation/particles.tif",
}


class Project:
    """A project file with its folder of results.

    Each stage brings those before it up to date first, and is skipped while nothing that it depends
    on has changed. Results are held by one run at a time, and only while it works: the program
    ``corelith`` may go on with them.

    Args:
        path: The project file.
        output: Folder of the results; ``results`` beside the project file by default.
        device: ``"auto"``, ``"gpu"``, ``"cpu"`` or the number of an adapter.
        seed: Seed of everything random, in place of the project file's.
        minutes: Minutes of training, in place of the project file's.
        model: Folder of another model to segment with; nothing is trained then.
        forget: Whether to forget what earlier runs asked for in place of the project file's
            settings.

    Raises:
        CorelithError: When the project file or its mineral list cannot be used.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        output: str | os.PathLike[str] | None = None,
        device: str = "auto",
        seed: int | None = None,
        minutes: float | None = None,
        model: str | os.PathLike[str] | None = None,
        forget: bool = False,
    ) -> None:
        self.path = Path(path)
        about, minerals = _corelith.read_project(os.fspath(path))
        about = json.loads(about)
        self.name: str = about["name"]
        """Name of the sample."""
        self.spacing_um: tuple[float, float, float] = tuple(about["spacing_um"])
        """Micrometres between voxels along z, y, x."""
        self.minerals = Minerals.from_json(minerals)
        """The mineral list."""
        self.output = self.path.parent / "results" if output is None else Path(output)
        """Folder of the results."""
        self._maps: dict[str, dict[str, Any]] = {map["name"]: map for map in about["maps"]}
        asked: dict[str, Any] = {"seed": seed, "minutes": minutes}
        if model is not None:
            asked["model"] = os.fspath(Path(model).absolute())
        self._how = json.dumps(
            {
                "output": os.fspath(self.output),
                "device": device,
                "asked": {key: value for key, value in asked.items() if value is not None},
                "forget": forget,
            }
        )

    @property
    def map_names(self) -> list[str]:
        """Names of the mineral maps, in file order."""
        return list(self._maps)

    def run(self, *, progress: Progress = None) -> dict[str, Any]:
        """Does every stage, and returns :meth:`summary`."""
        self.report(progress=progress)
        return self.summary()

    def import_(self, *, progress: Progress = None) -> dict[str, Any]:
        """Reads CT and maps. Paths of ``ct``, and of each map in ``maps``."""
        return self._run("import", progress)

    def register(self, map: str | None = None, *, progress: Progress = None) -> dict[str, Any]:
        """Places every map, or the one named. For each: ``registration`` (pose, probability,
        uncertainty), and the paths ``path``, ``coordinates``, ``overlay``.

        Raises:
            MapNotFoundError: When a map lies nowhere in the volume.
        """
        return self._run("register", progress, map)

    def train(self, *, progress: Progress = None) -> Path:
        """Trains the network. The folder of the model, for :meth:`corelith.Unet.read`."""
        return Path(self._run("train", progress))

    def segment(self, *, progress: Progress = None) -> dict[str, Path]:
        """Gives every voxel a phase and a particle. Paths of ``phases``, ``particles``, ``check`` (how
        well the maps bear out the particles) and ``suitability`` (how the model suits the scan)."""
        found = self._run("segment", progress)
        return {name: Path(path) for name, path in found.items()}

    def measure(self, *, progress: Progress = None) -> Measurements:
        """Measures particles and liberation."""
        return self._measurements(self._run("measure", progress))

    def report(self, *, progress: Progress = None) -> Path:
        """Does every stage. The page ``report.html``."""
        return Path(self._run("report", progress))

    def summary(self) -> dict[str, Any]:
        """The headline numbers that :meth:`report` wrote: ``summary.json``."""
        return json.loads((self.output / "summary.json").read_text(encoding="utf-8"))

    def measurements(self) -> Measurements:
        """What :meth:`measure` found, without looking whether it is up to date."""
        return self._measurements(os.fspath(self.output / "measurements.cbor"))

    def particles(self) -> Table:
        """A row a particle: see :func:`corelith.measure`."""
        return self.measurements().particles

    def volume(self, name: str, *, progress: Progress = None) -> Volume:
        """A volume of the results, read into memory.

        Args:
            name: ``"ct"`` (uint16), ``"phases"`` (uint8, rows of the mineral list), ``"particles"``
                (uint32, ids of :meth:`particles`, 0 none), or the path of another volume in the
                folder of results.
            progress: See :data:`corelith.progress.Progress`.

        Returns:
            The array ``[z, y, x]``, and the project's spacing in micrometres along z, y, x.

        Raises:
            CorelithError: When the volume is not there or cannot be read.
        """
        path = self.output / _VOLUMES.get(name, name)
        return Volume(read_volume(path, progress=progress).array, self.spacing_um)

    def placed_map(self, name: str) -> PlacedMap:
        """A map at the place that :meth:`register` found.

        Raises:
            CorelithError: When the project has no such map.
            MapNotFoundError: When it lies nowhere in the volume.
        """
        known = self._maps.get(name)
        if known is None:
            names = ", ".join(self._maps)
            raise CorelithError(f"no map is named `{name}`; there are {names}")
        placement = (self.output / "registration" / f"{name}.json").read_text(encoding="utf-8")
        registration = json.loads(placement)
        if registration["status"] != "found":
            raise MapNotFoundError(f"{name} is not found in the volume: {registration['reason']}")
        classes, coords_vox = _corelith.read_map(
            os.fspath(self.output / "import" / "maps" / f"{name}.tif"),
            os.fspath(self.output / "registration" / f"{name}_coords.tif"),
        )
        return PlacedMap(name, classes, coords_vox, known["pixel_um"], known["role"])

    def model(self) -> Unet:
        """The network that :meth:`train` trained."""
        return Unet.read(self.output / "models" / "phases")

    def _run(self, stage: str, progress: Progress, only: str | None = None) -> Any:
        with Listener(progress) as listener:
            found = _corelith.run_stage(os.fspath(self.path), self._how, stage, only, listener)
        return json.loads(found)

    def _measurements(self, path: str) -> Measurements:
        return Measurements.of(_corelith.read_measurements(path, self.minerals.to_json()))

    def __repr__(self) -> str:
        return f"Project({str(self.path)!r}): {self.name}, maps {', '.join(self._maps)}"

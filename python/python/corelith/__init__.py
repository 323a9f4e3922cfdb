"""3D mineralogy of particles from X-ray CT and a few SEM mineral maps.

A :class:`Project` is a project file with its results: ``Project("sample.toml").run()`` does every
stage. The functions do single steps on numpy arrays.

Conventions: volumes are ``[z, y, x]`` and maps ``[row, column]``; points are ``(x, y, z)``, with the
centres of voxels at whole numbers. Units stand in the names: ``_um`` micrometres, ``_vox`` voxels,
``_pct`` percent. A spacing is one length, or three in the order of the axes ``(z, y, x)``.

Arrays that are contiguous in C order are read where they are; others are copied first. Do not change
an array while a function works on it. All functions leave the interpreter to other threads while
they compute, and end with :class:`KeyboardInterrupt` on Ctrl-C. The environment variable
``RAYON_NUM_THREADS`` says on how many threads they compute.
"""

from corelith._corelith import __version__
from corelith.artefacts import correct
from corelith.errors import (
    CorelithError,
    DeviceError,
    DtypeError,
    MapNotFoundError,
    SettingError,
    ShapeError,
)
from corelith.files import Volume, read_volume, write_volume
from corelith.imaging import distance, label, separate, statistics
from corelith.maps import PlacedMap
from corelith.measuring import Measurements, liberation, measure
from corelith.minerals import Mineral, Minerals
from corelith.network import Segmentation, Unet
from corelith.phantoms import Phantom, PhantomMap, phantom, write_phantom
from corelith.project import Project
from corelith.registration import Registration, register
from corelith.table import Table

__all__ = [
    "CorelithError",
    "DeviceError",
    "DtypeError",
    "MapNotFoundError",
    "Measurements",
    "Mineral",
    "Minerals",
    "Phantom",
    "PhantomMap",
    "PlacedMap",
    "Project",
    "Registration",
    "Segmentation",
    "SettingError",
    "ShapeError",
    "Table",
    "Unet",
    "Volume",
    "__version__",
    "correct",
    "distance",
    "label",
    "liberation",
    "measure",
    "phantom",
    "read_volume",
    "register",
    "separate",
    "statistics",
    "write_phantom",
    "write_volume",
]

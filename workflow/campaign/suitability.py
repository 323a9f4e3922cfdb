"""Whether a model that was made elsewhere suits a sample.

The program judges it when it applies the model: other minerals are refused, other voxels or greys
are a warning each. Here the warnings are kept, and the campaign stops the sample on them or lets it
go on, as its row of the table says.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from .marks import what_it_came_to, write_json

FILE = "suitability.json"
WARNING = re.compile(r"warning: (?P<differs>.*): look at the result with care")
# The network of touching particles comes with the program; it is not the model that was chosen.
PARTICLE_NETWORK = "the particle network"


@dataclass(frozen=True)
class Suitability:
    """How the scan of a sample differs from those that a model was trained on."""

    # What was held against each other: checksums of the weights and of the imported CT.
    weights: str
    ct: str
    differs: list[str]

    def same_judged(self, other: "Suitability | None") -> bool:
        """Whether both are about the same model and scan."""
        return other is not None and (self.weights, self.ct) == (other.weights, other.ct)

    def write(self, results: Path) -> None:
        """Keeps it with the results: the program judges a model only while it applies it."""
        write_json(results / FILE, {"suits": not self.differs, **vars(self)})


def unjudged(model: Path, results: Path) -> Suitability:
    """A model and a scan, before the program has held them against each other."""
    weights = hashlib.sha256((model / "weights.safetensors").read_bytes()).hexdigest()
    ct = what_it_came_to(results, "import").get("import/ct.tif", "")
    return Suitability(weights, ct, [])


def kept(results: Path) -> Suitability | None:
    """The judgement that an earlier run has kept."""
    try:
        found = json.loads((results / FILE).read_text(encoding="utf-8"))
        return Suitability(found["weights"], found["ct"], found["differs"])
    except (OSError, ValueError, KeyError):
        return None


def forget_judgement(results: Path) -> None:
    """A sample with a model of its own has none."""
    (results / FILE).unlink(missing_ok=True)


def difference(line: str) -> str | None:
    """What a line of the program says against the model."""
    found = WARNING.fullmatch(line.strip())
    if found is None or found["differs"].startswith(PARTICLE_NETWORK):
        return None
    return found["differs"]

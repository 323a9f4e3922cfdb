"""How many voxels a CT has, from the headers of its files: resources are planned by it."""

import re
import struct
from pathlib import Path

# The CT is taken for one of 16 bits where a header is not understood.
BYTES_A_VOXEL = 2

TIFF_WIDTH, TIFF_HEIGHT = 256, 257
TIFF_NUMBERS = {3: "H", 4: "I", 16: "Q"}


def voxels_of_text(text: str) -> int | None:
    """Voxels of a size such as `984x1011x1000` or `984 x 1011 x 1000`."""
    found = re.fullmatch(r"\s*(\d+)\s*x\s*(\d+)\s*x\s*(\d+)\s*", text)
    if not found:
        return None
    width, height, depth = map(int, found.groups())
    return width * height * depth or None


def voxels_of_files(files: list[Path]) -> int:
    """Pixels of the first slice times the number of slices; of one file, by its bytes."""
    if len(files) > 1:
        pixels = pixels_of(files[0])
        if pixels:
            return pixels * len(files)
    return sum(file.stat().st_size for file in files) // BYTES_A_VOXEL


def pixels_of(file: Path) -> int | None:
    """Width times height of a TIFF or PNG image; nothing where the header is of another kind."""
    with file.open("rb") as opened:
        start = opened.read(26)
        try:
            if start[:8] == b"\x89PNG\r\n\x1a\n":
                width, height = struct.unpack(">II", start[16:24])
                return width * height
            if start[:2] in (b"II", b"MM"):
                return tiff_pixels(opened, start)
        except (struct.error, KeyError):
            pass
    return None


def tiff_pixels(opened, start: bytes) -> int:
    """Width times height of the first page."""
    order = "<" if start[:2] == b"II" else ">"

    def number(kind: str, raw: bytes) -> int:
        return struct.unpack(order + kind, raw[: struct.calcsize(kind)])[0]

    big = number("H", start[2:4]) == 43
    # BigTIFF: offsets, counts and entries of 8, 8 and 20 bytes in place of 4, 2 and 12.
    offset, count, entry, value = ("Q", "Q", 20, 12) if big else ("I", "H", 12, 8)
    opened.seek(number(offset, start[8:16] if big else start[4:8]))
    entries = number(count, opened.read(struct.calcsize(count)))
    found = {}
    for _ in range(entries):
        raw = opened.read(entry)
        tag = number("H", raw)
        if tag in (TIFF_WIDTH, TIFF_HEIGHT):
            found[tag] = number(TIFF_NUMBERS[number("H", raw[2:])], raw[value:])
    return found[TIFF_WIDTH] * found[TIFF_HEIGHT]

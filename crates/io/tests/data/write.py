"""Writes the TIFF files of this folder with tifffile, so that the reader is held against another
program's output. Run here: python3 write.py"""

import numpy as np
import tifffile

z, y, x = np.meshgrid(np.arange(3), np.arange(20), np.arange(33), indexing="ij")
volume = (1000 * z + 50 * y + x).astype(np.uint16)

with tifffile.TiffWriter("tiled_lzw.tif") as tif:
    for page in volume:
        tif.write(page, tile=(16, 16), compression="lzw", contiguous=False, photometric="minisblack")
tifffile.imwrite(
    "tiled_lzw_predictor.tif", volume, tile=(16, 32), compression="lzw", predictor=True, byteorder=">", photometric="minisblack"
)
tifffile.imwrite("big_endian_strips.tif", volume, byteorder=">", rowsperstrip=7, photometric="minisblack")
tifffile.imwrite(
    "predictor_deflate.tif", volume, compression="deflate", predictor=True, rowsperstrip=6, photometric="minisblack"
)
tifffile.imwrite("bigtiff.tif", volume, bigtiff=True, photometric="minisblack")
tifffile.imwrite(
    "imagej.tif", volume, imagej=True, resolution=(2.0, 4.0), metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"}
)
tifffile.imwrite("colour.tif", np.zeros((4, 5, 3), np.uint8), photometric="rgb")

palette = np.zeros((3, 256), np.uint16)
palette[:, 1] = [230 * 257, 40 * 257, 40 * 257]
palette[:, 2] = [240 * 257, 200 * 257, 60 * 257]
classes = ((x + y)[0] % 3).astype(np.uint8)
tifffile.imwrite("palette.tif", classes, photometric="palette", colormap=palette)
rgb = (palette.T[classes] // 257).astype(np.uint8)
tifffile.imwrite("rgb_lzw.tif", rgb, photometric="rgb", compression="lzw")
rgba = np.dstack([rgb, np.full(classes.shape, 255, np.uint8)])
tifffile.imwrite("rgba.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])

# Past 4 GiB ImageJ writes one directory only, and the slices after each other.
whole = open("imagej.tif", "rb").read()
with tifffile.TiffFile("imagej.tif") as tif:
    big_endian = tif.byteorder == ">"
    start = tif.pages[0].dataoffsets[0]
    next_offset = tif.pages[0].offset + 2 + 12 * len(tif.pages[0].tags)
assert volume.astype(">u2" if big_endian else "<u2").tobytes() == whole[start : start + volume.nbytes]
open("imagej_past_4_gib.tif", "wb").write(whole[:next_offset] + bytes(4) + whole[next_offset + 4 :])

# A mask with an inverted look-up table: the stored values count, not how they are shown.
tifffile.imwrite("white_is_zero.tif", (volume[:2] // 1000 * 255).astype(np.uint8), photometric="miniswhite")

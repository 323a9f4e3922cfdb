"""Writes the images of this folder with Pillow, tifffile and imagecodecs, so that the reader of
section images is held against other programs' output. Run here: python3 write.py"""

import csv
import os

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

COLOURS = np.array([[0, 0, 0], [230, 40, 40], [240, 200, 60]], np.uint8)
y, x = np.meshgrid(np.arange(24), np.arange(40), indexing="ij")
classes = ((x // 8 + y // 8) % 3).astype(np.uint8)
rgb = COLOURS[classes]
opaque = np.full(classes.shape, 255, np.uint8)

# Mineral maps.
Image.fromarray(rgb).save("map.bmp")
Image.fromarray(rgb).save("map.webp", lossless=True)
Image.fromarray(rgb).save("map_lossy.webp", quality=90)
Image.fromarray(rgb).save("map.jpg", quality=90)
half = np.where((x % 8 == 0), 128, 255).astype(np.uint8)
Image.fromarray(np.dstack([rgb, half])).save("map_half_transparent.png")
Image.fromarray(np.dstack([rgb, np.zeros_like(half)])).save("map_alpha_empty.png")
open("map_16_bit.png", "wb").write(imagecodecs.png_encode(rgb.astype(np.uint16) * 257))

palette = Image.fromarray(classes, "P")
palette.putpalette(COLOURS.tobytes())
palette.save("map_palette.png")
palette.save("map.gif")
palette.save("map_palette_key.png", transparency=2)
numbers = Image.fromarray(classes, "P")
numbers.putpalette(np.repeat(np.arange(3, dtype=np.uint8), 3).tobytes())
numbers.convert("L").save("numbers.png")

tif = {"metadata": None, "photometric": "rgb"}
planes = np.moveaxis(rgb, -1, 0)
tifffile.imwrite("map_planar.tif", planes, planarconfig="separate", **tif)
tifffile.imwrite(
    "map_planar_tiles.tif", planes, planarconfig="separate", tile=(16, 16), compression="lzw", predictor=True, **tif
)
tifffile.imwrite(
    "map_planar_16_bit.tif", planes.astype(np.uint16) * 257, planarconfig="separate", byteorder=">", **tif
)
four = np.dstack([rgb, (x * 3).astype(np.uint8)])
tifffile.imwrite(
    "map_four_samples.tif", four, extrasamples=["unspecified"], compression="deflate", predictor=True, rowsperstrip=7, **tif
)
premultiplied = np.dstack([(rgb * (half[..., None] / 255)).round().astype(np.uint8), opaque])
premultiplied[..., 3] = half
tifffile.imwrite("map_associated_alpha.tif", premultiplied, extrasamples=["assocalpha"], **tif)
tifffile.imwrite("map_packbits.tif", rgb, compression="packbits", **tif)
tifffile.imwrite("map_zstd.tif", rgb, compression="zstd", **tif)
tifffile.imwrite("map_bigtiff_tiles.tif", rgb, bigtiff=True, tile=(16, 32), compression="deflate", byteorder=">", **tif)
tifffile.imwrite("map_jpeg.tif", rgb, compression="jpeg", compressionargs={"level": 95}, **tif)
for name, scale in [("map_palette.tif", 257), ("map_palette_8_bit.tif", 1)]:
    colormap = np.zeros((3, 256), np.uint16)
    colormap[:, :3] = COLOURS.T.astype(np.uint16) * scale
    tifffile.imwrite(name, classes, photometric="palette", colormap=colormap, metadata=None)
with tifffile.TiffWriter("map_thumbnail_first.tif") as pages:
    pages.write(rgb[::4, ::4], **tif)
    pages.write(rgb, **tif)
with tifffile.TiffWriter("map_two_pages.tif") as pages:
    pages.write(rgb[::-1], **tif)
    pages.write(rgb, **tif)

# Red, green and blue as grey planes: a composite of ImageJ, pages, and samples of a page.
tifffile.imwrite("map_composite.tif", planes, imagej=True, metadata={"axes": "CYX", "mode": "composite"})
tifffile.imwrite("map_grey_pages.tif", planes.astype(np.uint16) * 257, photometric="minisblack", compression="deflate")
tifffile.imwrite("map_grey_samples.tif", planes, photometric="minisblack", planarconfig="separate")
tifffile.imwrite("numbers_three_pages.tif", np.stack([classes, classes + 1, classes]), photometric="minisblack", compression="deflate")

# BSE images.
grey = (10 + 50 * classes + (x * 7 + y * 5 + x * y) % 9).astype(np.uint8)
tif = {"metadata": None, "photometric": "minisblack"}
Image.fromarray(grey).save("bse.jpg", quality=95)
Image.fromarray(np.dstack([grey, opaque]), "LA").save("bse_alpha.png")
tifffile.imwrite("bse_white_is_zero.tif", 255 - grey, photometric="miniswhite", metadata=None)
tifffile.imwrite("bse_int16.tif", grey.astype(np.int16) - 100, **tif)
tifffile.imwrite("bse_int8.tif", (grey.astype(np.int16) - 100).astype(np.int8), **tif)
tifffile.imwrite("bse_12_in_16.tif", grey.astype(np.uint16) * 16, **tif)
tifffile.imwrite("bse_uint32.tif", grey.astype(np.uint32), compression="lzw", predictor=True, **tif)
tifffile.imwrite("bse_uint64.tif", grey.astype(np.uint64), **tif)
tifffile.imwrite("bse_float16.tif", grey.astype(np.float16), **tif)
tifffile.imwrite("bse_float32.tif", grey.astype(np.float32), compression="deflate", predictor=True, **tif)
tifffile.imwrite("bse_float64.tif", grey.astype(np.float64), byteorder=">", tile=(16, 16), compression="deflate", predictor=True, **tif)

# Frames of one section, each some pixels off its grid.
random = np.random.default_rng(7)
wide, high = 160, 120
yy, xx = np.meshgrid(np.arange(high), np.arange(wide), indexing="ij")
grains = np.column_stack([random.uniform(0, wide, 150), random.uniform(0, high, 150)])
nearest = ((xx[..., None] - grains[:, 0]) ** 2 + (yy[..., None] - grains[:, 1]) ** 2).argmin(-1)
section = random.integers(0, 3, 150).astype(np.uint8)[nearest]
section_grey = (20 + 60 * section + random.integers(0, 9, section.shape)).astype(np.uint8)
os.makedirs("frames", exist_ok=True)
os.makedirs("frames_bse", exist_ok=True)
for (row, column), (top, left) in {
    (1, 1): (0, 0),
    (1, 2): (2, 63),
    (2, 1): (47, 1),
    (2, 2): (48, 64),
}.items():
    frame = section[top : top + 72, left : left + 96]
    Image.fromarray(COLOURS[frame]).save(f"frames/map_r{row}_c{column}.png", optimize=True)
    darker = section_grey[top : top + 72, left : left + 96] * (1 - 0.1 * column)
    tifffile.imwrite(
        f"frames_bse/bse_r{row}_c{column}.tif", darker.astype(np.uint8), compression="deflate", **tif
    )
Image.fromarray(COLOURS[section]).save("frames_whole.png", optimize=True)
with open("frames_fiji.txt", "w") as table:
    table.write("# Define the number of dimensions we are working on\ndim = 2\n\n# Define the image coordinates\n")
    for row in (1, 2):
        for column in (1, 2):
            table.write(f"map_r{row}_c{column}.png; ; ({64.0 * (column - 1)}, {48.0 * (row - 1)})\n")

# One image, or table, an element.
silicon = (500 * (classes == 2) + (x * 5 + y) % 17).astype(np.uint16)
aluminium = (300 * (classes == 1) + 120 * (classes == 2) + (x + y * 3) % 11).astype(np.uint16)
os.makedirs("elements", exist_ok=True)
os.makedirs("elements_text", exist_ok=True)
tifffile.imwrite("elements/s1_Si Ka1.tif", silicon, **tif)
open("elements/s1_Al Ka1.png", "wb").write(imagecodecs.png_encode(aluminium))
np.savetxt("elements_text/Si.txt", silicon, fmt="%d", delimiter=";")
np.savetxt("elements_text/Al.txt", aluminium, fmt="%.1f", delimiter="\t", header="Al K series", comments="")

# Mineral lists.
os.makedirs("lists", exist_ok=True)
names = ["Resin", "LiAlO2", "Glass"]
densities = ["", "2.62", "2.75"]
hexes = ["#%02X%02X%02X" % tuple(c) for c in COLOURS]


def write_list(name, rows, encoding="utf-8", before="", **dialect):
    with open(f"lists/{name}", "w", encoding=encoding, newline="") as file:
        file.write(before)
        csv.writer(file, **dialect).writerows(rows)


rgb_rows = [[n, *c.tolist(), d] for n, c, d in zip(names, COLOURS, densities)]
comma_rows = [[*row[:4], row[4].replace(".", ",")] for row in rgb_rows]
write_list("comma.csv", [["mineral", "red", "green", "blue", "density_g_cm3"], *rgb_rows])
write_list(
    "semicolon_latin1.csv",
    [["Mineral", "R", "G", "B", "Dichte"], *comma_rows],
    encoding="latin-1",
    before="Farben f\xfcr Schliff 7\r\n",
    delimiter=";",
)
write_list("excel_utf16.txt", [["Phase", "Red", "Green", "Blue", "SG"], *comma_rows], encoding="utf-16", delimiter="\t")
write_list("excel_sep.csv", [["Name", "Colour", "Density"], *zip(names, hexes, densities)], before="sep=|\r\n", delimiter="|")
write_list(
    "colorref.csv",
    [["Mineral", "ColorRef", "Density"]]
    + [[n, int(c[0]) | int(c[1]) << 8 | int(c[2]) << 16, d] for n, c, d in zip(names, COLOURS, densities)],
)
write_list(
    "argb.csv",
    [["Mineral", "Colour"]]
    + [[n, (255 << 24 | int(c[0]) << 16 | int(c[1]) << 8 | int(c[2])) - 2**32] for n, c in zip(names, COLOURS)],
)
write_list(
    "qgis.txt",
    [[i, *c.tolist(), 255, n] for i, (n, c) in enumerate(zip(names, COLOURS))],
    before="# QGIS Generated Color Map Export File\nINTERPOLATION:EXACT\n",
    lineterminator="\n",
)
with open("lists/palette.gpl", "w") as file:
    file.write("GIMP Palette\nName: minerals\nColumns: 3\n#\n")
    file.writelines("%3d %3d %3d\t%s\n" % (*c, n) for n, c in zip(names, COLOURS))
with open("lists/xmaptools.txt", "w") as file:
    file.write("! colours of minerals\n\n>\n")
    file.writelines("%s %d %d %d\n" % (n, *c) for n, c in zip(names, COLOURS))
with open("lists/padded.txt", "w") as file:
    file.write("Mineral   R    G    B\n")
    file.writelines("%-9s %-4d %-4d %-4d\n" % (n, *c) for n, c in zip(names, COLOURS))

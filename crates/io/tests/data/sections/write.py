"""Writes the images of this folder with Pillow, tifffile and imagecodecs, so that the reader of
section images is held against other programs' output. Run here: python3 write.py"""

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

// Colours the particles of a folder of results by a column of particles.csv, for Fiji or ImageJ 1.53
// or newer. Every voxel of a particle gets the value of the column, so the status bar shows it; all
// else is NaN, and black. Calibration in micrometres is kept.
//
// Fiji: Plugins > Macros > Run..., then choose the folder and the column.
// From a command line: ImageJ -batch colour_particles.ijm "RESULTS|COLUMN|OUTPUT.tif", with
// `xvfb-run` before it where there is no display. A million voxels take about half a second.
//
// ImageJ holds 32-bit labels as floats, which are exact up to 16,777,216.

LARGEST_LABEL = 16777216;

argument = getArgument();
asks = (lengthOf(argument) == 0);
if (asks) {
    folder = getDirectory("Folder of results");
} else {
    given = split(argument, "|");
    if (given.length != 3) exit("Expected \"RESULTS|COLUMN|OUTPUT.tif\", found \"" + argument + "\"");
    folder = given[0] + File.separator;
}
table = existing(folder + "particles.csv");
labels = existing(folder + "segmentation" + File.separator + "particles.tif");

lines = split(File.openAsString(table), "\n");
columns = cells(lines[0]);
if (asks) {
    Dialog.create("Colour particles");
    Dialog.addChoice("by", columns, "volume_um3");
    Dialog.show();
    column = Dialog.getChoice();
} else {
    column = given[1];
}
at = -1;
for (i = 0; i < columns.length; i++) {
    if (columns[i] == column) at = i;
}
if (at < 0) exit("No column " + column + " in " + table);

// The value of every label; NaN where the table has none. Rows are in the order of the labels.
last = cells(lines[lines.length - 1]);
count = parseInt(last[0]);
if (count > LARGEST_LABEL) {
    exit(table + " has labels above " + LARGEST_LABEL + ", which ImageJ cannot tell apart");
}
values = newArray(count + 1);
Array.fill(values, NaN);
least = 1 / 0;
greatest = -1 / 0;
for (row = 1; row < lines.length; row++) {
    found = cells(lines[row]);
    value = number(found[at]);
    values[parseInt(found[0])] = value;
    if (!isNaN(value)) {
        least = minOf(least, value);
        greatest = maxOf(greatest, value);
    }
}
if (least > greatest) exit("Column " + column + " holds no numbers");

setBatchMode(true);
open(labels);
width = getWidth();
height = getHeight();
for (slice = 1; slice <= nSlices; slice++) {
    showProgress(slice, nSlices);
    setSlice(slice);
    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) setPixel(x, y, values[getPixel(x, y)]);
    }
}
rename("particles by " + column);
viridis();
// NaN is shown as the lowest colour, black, which no value has.
setMinAndMax(least - maxOf(greatest - least, 1e-6) / 254, greatest);
setSlice(floor((nSlices + 1) / 2));
if (asks) setBatchMode("exit and display");
else saveAs("Tiff", given[2]);

function existing(path) {
    if (!File.exists(path)) exit(path + " is missing: choose a folder in which every stage has run");
    return path;
}

// The cells of a line, at commas that are not in quotes.
function cells(line) {
    line = replace(line, "\r", "") + ",";
    found = split(line + "end", "(,(?=([^\"]*\"[^\"]*\")*[^\"]*$))");
    found = Array.trim(found, found.length - 1);
    for (i = 0; i < found.length; i++) {
        if (startsWith(found[i], "\"")) {
            found[i] = replace(substring(found[i], 1, lengthOf(found[i]) - 1), "\"\"", "\"");
        }
    }
    return found;
}

function number(cell) {
    if (cell == "true") return 1;
    if (cell == "false") return 0;
    return parseFloat(cell);
}

// The colours of napari's and matplotlib's viridis, with black below them.
function viridis() {
    reds = newArray(68, 71, 59, 44, 33, 39, 92, 170, 253);
    greens = newArray(1, 44, 81, 113, 144, 173, 200, 220, 231);
    blues = newArray(84, 122, 139, 142, 141, 129, 99, 50, 37);
    reds = Array.resample(reds, 255);
    greens = Array.resample(greens, 255);
    blues = Array.resample(blues, 255);
    setLut(Array.concat(0, reds), Array.concat(0, greens), Array.concat(0, blues));
}

// Label grids: 0 outside the particle, else a row of the mineral list plus 1; x fastest.

// Empty voxels around a grid, so that a smoothed surface has room.
const RIM = 3;

const unpacked = async (id) => {
  const { size, voxel_um, labels } = known.grids[id];
  const packed = Uint8Array.from(atob(labels), (letter) => letter.charCodeAt(0));
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  writer.write(packed);
  writer.close();
  const inner = new Uint8Array(await new Response(stream.readable).arrayBuffer());
  return withRim(inner, size, voxel_um);
};

const withRim = (inner, [nx, ny, nz], voxel_um) => {
  const size = [nx, ny, nz].map((n) => n + 2 * RIM);
  const labels = new Uint8Array(size[0] * size[1] * size[2]);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const from = (z * ny + y) * nx;
      const to = ((z + RIM) * size[1] + y + RIM) * size[0] + RIM;
      labels.set(inner.subarray(from, from + nx), to);
    }
  }
  return { size, voxel_um, labels };
};

// How full each voxel is, smoothed like the still pictures so that voxel steps do not show: weights
// 1/4, 1/2, 1/4, twice along each axis.
const occupancy = ({ size, labels }) => {
  let field = Float32Array.from(labels, (label) => (label > 0 ? 1 : 0));
  for (const stride of [1, size[0], size[0] * size[1]]) {
    for (let pass = 0; pass < 2; pass++) {
      field = field.map((here, i) =>
        0.5 * here + 0.25 * ((field[i - stride] ?? 0) + (field[i + stride] ?? 0)));
    }
  }
  return field;
};

// Distance of the farthest voxel from the middle, micrometres: the particle fits whichever way it is
// turned.
const radiusOf = ({ size: [nx, ny, nz], voxel_um, labels }) => {
  let farthest = 0;
  labels.forEach((label, i) => {
    if (label > 0) {
      const at = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / nx / ny)];
      const offset = at.map((c, axis) => (c + 0.5 - [nx, ny, nz][axis] / 2) * voxel_um[axis]);
      farthest = Math.max(farthest, Math.hypot(...offset));
    }
  });
  return farthest + Math.hypot(...voxel_um) / 2;
};

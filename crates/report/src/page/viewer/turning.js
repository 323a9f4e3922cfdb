// Turns as unit quaternions [x, y, z, w].
const about = ([x, y, z], angle) => {
  const s = Math.sin(angle / 2);
  return [x * s, y * s, z * s, Math.cos(angle / 2)];
};

// First b, then a.
const after = ([ax, ay, az, aw], [bx, by, bz, bw]) => {
  const product = [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
  const length = Math.hypot(...product);
  return product.map((part) => part / length);
};

// Row by row.
const matrixOf = ([x, y, z, w]) => [
  1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
  2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
  2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
];

const RIGHT = [1, 0, 0];
const UPWARDS = [0, 1, 0];
// As the still pictures are drawn: from above, from the front left; rows of volumes run down.
const FIRST_TURN = after(after(about(RIGHT, 0.45), about(UPWARDS, 0.6)), about(RIGHT, Math.PI));

// Rays through a label grid, in parallel projection. Lengths are micrometres; the viewer looks along
// -z of the turned particle.
const VERTEX_SHADER = `#version 300 es
out vec2 place;
void main() {
  // One triangle that covers the view.
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = 4.0 * corner - 1.0;
  gl_Position = vec4(place, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler3D;
precision highp usampler3D;

uniform sampler3D occupancy;
uniform usampler3D labels;
uniform sampler2D colours;
uniform vec3 voxel;
// Turns the particle, about its middle.
uniform mat3 turn;
// Half the side of the view.
uniform float reach;
// What lies above this plane is cut away: its normal, towards the viewer, and its place.
uniform vec4 cut;

in vec2 place;
out vec4 colour;

vec3 size() { return vec3(textureSize(occupancy, 0)); }
float fullness(vec3 at) { return texture(occupancy, at / (voxel * size()) + 0.5).r; }

vec3 outwards(vec3 at) {
  vec3 x = vec3(voxel.x, 0, 0), y = vec3(0, voxel.y, 0), z = vec3(0, 0, voxel.z);
  vec3 rise = vec3(
    fullness(at - x) - fullness(at + x),
    fullness(at - y) - fullness(at + y),
    fullness(at - z) - fullness(at + z)
  ) / voxel;
  return rise / max(length(rise), 1e-9);
}

// The label with the largest trilinear weight, so that borders of minerals are smooth; 0 for none.
uint labelAt(vec3 at) {
  vec3 corner = at / voxel + 0.5 * size() - 0.5;
  ivec3 low = ivec3(floor(corner));
  vec3 part = corner - vec3(low);
  ivec3 last = textureSize(labels, 0) - 1;
  uint found[8];
  float weights[8];
  for (int i = 0; i < 8; i++) {
    ivec3 step = ivec3(i & 1, (i >> 1) & 1, i >> 2);
    vec3 near = mix(1.0 - part, part, vec3(step));
    found[i] = texelFetch(labels, clamp(low + step, ivec3(0), last), 0).r;
    weights[i] = near.x * near.y * near.z;
  }
  uint best = 0u;
  float most = 0.0;
  for (int i = 0; i < 8; i++) {
    float weight = 0.0;
    for (int k = 0; k < 8; k++) weight += found[k] == found[i] ? weights[k] : 0.0;
    if (found[i] > 0u && weight > most) {
      most = weight;
      best = found[i];
    }
  }
  return best;
}

void main() {
  colour = vec4(1.0);
  vec3 half_size = 0.5 * voxel * size();
  // Where the ray is in the box of the grid: heights above the middle of the view.
  mat3 back = transpose(turn);
  vec3 origin = back * vec3(place * reach, 0.0);
  vec3 up = back * vec3(0, 0, 1);
  vec3 safe = mix(up, vec3(1e-6), lessThan(abs(up), vec3(1e-6)));
  vec3 a = (-half_size - origin) / safe, b = (half_size - origin) / safe;
  vec3 lower = min(a, b), upper = max(a, b);
  float bottom = max(max(lower.x, lower.y), lower.z);
  float top = min(min(upper.x, upper.y), upper.z);
  float face = (cut.w - dot(cut.xy, place * reach)) / cut.z;
  bool is_cut = face < top;
  float height = min(top, face);
  if (height <= bottom) return;

  float pace = 0.5 * min(min(voxel.x, voxel.y), voxel.z);
  bool on_face = is_cut && fullness(origin + up * height) > 0.5;
  if (!on_face) {
    bool hit = false;
    float outside = height, full = 0.0;
    for (int i = 0; i < 1024 && !hit && height > bottom; i++) {
      outside = height;
      // Where nothing is full at all, the surface is more than a voxel away.
      height -= full < 0.01 ? 2.5 * pace : pace;
      full = fullness(origin + up * height);
      hit = full > 0.5;
    }
    if (!hit) return;
    for (int i = 0; i < 5; i++) {
      float middle = 0.5 * (outside + height);
      if (fullness(origin + up * middle) > 0.5) height = middle; else outside = middle;
    }
  }

  vec3 at = origin + up * height;
  vec3 normal = on_face ? back * cut.xyz : outwards(at);
  // Material lies just below the surface; a smoothed surface may run a little above it.
  uint label = 0u;
  for (int i = 0; i < 8 && label == 0u; i++) {
    label = labelAt(at - normal * voxel * (on_face ? 0.5 : 0.75) * float(i + (on_face ? 0 : 1)));
  }
  vec3 mineral = label == 0u ? vec3(0.5) : texelFetch(colours, ivec2(int(label) - 1, 0), 0).rgb;
  vec3 facing = turn * normal;
  float light = 0.5 + 0.54 * max(dot(facing, normalize(vec3(-0.4, 0.5, 0.9))), 0.0);
  // A dark outline, so that pale minerals stand out from the ground.
  float edge = mix(0.4, 1.0, smoothstep(0.05, 0.35, facing.z));
  colour = vec4(mineral * min(light, 1.0) * edge, 1.0);
}`;

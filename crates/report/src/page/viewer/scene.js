// One WebGL2 canvas that draws one particle at a time; browsers allow few of them.
const sceneOn = (canvas) => {
  const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
  if (!gl) return null;
  let place;

  const compiled = (kind, source) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  };

  const texture = (unit, target, filter) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(target, gl.createTexture());
    for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(target, key, filter);
    }
    for (const key of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) {
      gl.texParameteri(target, key, gl.CLAMP_TO_EDGE);
    }
  };

  // Once, and again after the browser took the context away.
  const prepare = () => {
    const program = gl.createProgram();
    gl.attachShader(program, compiled(gl.VERTEX_SHADER, VERTEX_SHADER));
    gl.attachShader(program, compiled(gl.FRAGMENT_SHADER, FRAGMENT_SHADER));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
    gl.useProgram(program);
    place = (name) => gl.getUniformLocation(program, name);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    texture(0, gl.TEXTURE_3D, gl.LINEAR);
    texture(1, gl.TEXTURE_3D, gl.NEAREST);
    texture(2, gl.TEXTURE_2D, gl.NEAREST);
    const colours = new Uint8Array(known.minerals.flatMap((mineral) => mineral.rgb));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, known.minerals.length, 1, 0, gl.RGB, gl.UNSIGNED_BYTE,
      colours);
    ["occupancy", "labels", "colours"].forEach((name, unit) => gl.uniform1i(place(name), unit));
    return true;
  };

  const upload = (grid) => {
    gl.activeTexture(gl.TEXTURE0);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.R16F, ...grid.size, 0, gl.RED, gl.FLOAT, occupancy(grid));
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage3D(gl.TEXTURE_3D, 0, gl.R8UI, ...grid.size, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE,
      grid.labels);
    gl.uniform3f(place("voxel"), ...grid.voxel_um);
  };

  const draw = ({ turn, reach_um, cut }) => {
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniformMatrix3fv(place("turn"), true, turn);
    gl.uniform1f(place("reach"), reach_um);
    gl.uniform4f(place("cut"), ...cut);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  };

  return prepare() ? { prepare, upload, draw } : null;
};

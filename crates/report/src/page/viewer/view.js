// The view of one particle: drag and arrow keys turn it, the wheel zooms, a plane cuts it open.
const view = (() => {
  const part = (name) => document.getElementById(`particle-${name}`);
  const [canvas, cutter, depth, bar] = ["canvas", "cut", "depth", "bar"].map(part);
  const scene = window.DecompressionStream ? sceneOn(canvas) : null;
  if (!scene) return null;

  const KEY_STEP = Math.PI / 18;
  const ZOOMS = [0.5, 12];
  // Towards the viewer, turned a little so that cut face and surface are told apart.
  const CUT_NORMAL = [-0.313, -0.224, 0.923];
  let wanted = null;
  let grid = null;
  let radius_um = 1;
  let turn = FIRST_TURN;
  let zoom = 1;
  let waits = false;

  const isCut = () => cutter.getAttribute("aria-pressed") === "true";

  const draw = () => {
    waits = false;
    const side = canvas.clientWidth;
    if (!grid || side === 0) return;
    // Two pixels for one make edges smooth on coarse screens.
    canvas.width = canvas.height = Math.min(Math.round(side * Math.max(devicePixelRatio, 2)), 1600);
    const reach_um = 1.06 * radius_um / zoom;
    const height = isCut() ? radius_um * (1 - Number(depth.value) / 50) : 2 * radius_um;
    scene.draw({ turn: matrixOf(turn), reach_um, cut: [...CUT_NORMAL, height] });
    drawBar(2 * reach_um / side);
  };

  // One frame for however many changes.
  const redraw = () => {
    if (!waits) requestAnimationFrame(draw);
    waits = true;
  };

  // A round length of at most a third of the view.
  const drawBar = (um_per_px) => {
    const longest = um_per_px * canvas.clientWidth / 3;
    const decade = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].map((times) => times * decade).find((um) => um <= longest) ?? decade;
    bar.style.width = `${length / um_per_px}px`;
    bar.textContent = `${Number(length.toPrecision(1))} \u00b5m`;
  };

  const turnBy = (right, down) => {
    turn = after(after(about(UPWARDS, right), about(RIGHT, down)), turn);
    redraw();
  };

  const zoomBy = (times) => {
    zoom = Math.min(Math.max(zoom * times, ZOOMS[0]), ZOOMS[1]);
    redraw();
  };

  const reset = () => {
    [turn, zoom, depth.value] = [FIRST_TURN, 1, 50];
    redraw();
  };

  const setCut = (open) => {
    cutter.setAttribute("aria-pressed", String(open));
    depth.disabled = !open;
    redraw();
  };

  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      zoomBy(spread() / before);
    } else {
      const per_px = Math.PI / canvas.clientWidth;
      turnBy((event.clientX - last.x) * per_px, (event.clientY - last.y) * per_px);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-Math.sign(event.deltaY) * 0.12));
  }, { passive: false });
  canvas.addEventListener("dblclick", reset);

  const keys = {
    ArrowLeft: () => turnBy(-KEY_STEP, 0),
    ArrowRight: () => turnBy(KEY_STEP, 0),
    ArrowUp: () => turnBy(0, -KEY_STEP),
    ArrowDown: () => turnBy(0, KEY_STEP),
    "+": () => zoomBy(1.2),
    "-": () => zoomBy(1 / 1.2),
  };
  canvas.addEventListener("keydown", (event) => {
    if (keys[event.key] && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  cutter.addEventListener("click", () => setCut(!isCut()));
  depth.addEventListener("input", redraw);
  part("reset").addEventListener("click", reset);
  part("nearer").addEventListener("click", () => zoomBy(1.2));
  part("farther").addEventListener("click", () => zoomBy(1 / 1.2));
  addEventListener("resize", redraw);
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    scene.prepare();
    if (grid) scene.upload(grid);
    redraw();
  });

  return {
    async show(id) {
      wanted = id;
      canvas.focus();
      const found = await unpacked(id);
      // Another may have been asked for meanwhile.
      if (wanted !== id) return;
      grid = found;
      radius_um = radiusOf(grid);
      scene.upload(grid);
      canvas.setAttribute("aria-label",
        `Particle ${id} in three dimensions; arrow keys turn it, plus and minus zoom.`);
      reset();
      draw();
      canvas.dataset.shows = id;
    },
  };
})();

const canTurn = (id) => view !== null && id in known.grids;

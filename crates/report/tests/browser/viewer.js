// Opens particles and lists as a reader would, and says what is seen.
addEventListener("load", async () => {
  const lines = [];
  const say = (kind, ...what) => lines.push(`${kind}: ${what.join(" ")}`);
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const canvas = document.getElementById("particle-canvas");
  const [particle, list] = ["particle-dialog", "list-dialog"].map((id) => document.getElementById(id));
  const close = (dialog) => dialog.querySelector(".head button").click();
  const click = (mark) => mark.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const press = (target, key) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const drag = (across) => {
    const at = (kind, clientX) =>
      canvas.dispatchEvent(new PointerEvent(kind, { pointerId: 1, clientX, clientY: 100 }));
    canvas.setPointerCapture = () => {};
    at("pointerdown", 100);
    at("pointermove", 100 + across);
    at("pointerup", 100 + across);
  };

  // Frames of a browser without a window come when they come; timers keep their order.
  window.requestAnimationFrame = (draw) => setTimeout(draw);
  const pixels = async () => {
    await wait(50);
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, copy.width, copy.height).data;
  };
  // Pixels of each kind: ground, mostly red, mostly blue.
  const colours = (data) => {
    const counts = { ground: 0, red: 0, blue: 0 };
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = data.subarray(i, i + 3);
      if (Math.min(r, g, b) > 250) counts.ground++;
      else if (r > 2 * b) counts.red++;
      else if (b > 2 * r) counts.blue++;
    }
    return Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(" ");
  };
  const changed = (a, b) => {
    if (a.length !== b.length) return 1;
    let count = 0;
    for (let i = 0; i < a.length; i += 4) {
      count += Math.abs(a[i] - b[i]) + Math.abs(a[i + 2] - b[i + 2]) > 30;
    }
    return 4 * count / a.length;
  };

  try {
    const buttons = [...document.querySelectorAll(".gallery button.turn")];
    say("turnable", buttons.length);
    say("hints", document.querySelectorAll(".with-view:not([hidden])").length);
    const button = document.querySelector('.gallery [data-id="2"] button.turn');
    if (button) {
      button.click();
      while (canvas.dataset.shows !== "2") await wait(20);
      const first = await pixels();
      say("seen", colours(first));
      say("bar", document.getElementById("particle-bar").textContent);
      say("focus", document.activeElement.id);
      const act = async (name, ...acts) => {
        for (const one of acts) one();
        const now = await pixels();
        say("changed", name, changed(first, now).toFixed(3));
      };
      const cut = document.getElementById("particle-cut");
      const depth = document.getElementById("particle-depth");
      const reset = () => canvas.dispatchEvent(new MouseEvent("dblclick"));
      await act("by-keys", () => press(canvas, "ArrowRight"), () => press(canvas, "ArrowUp"));
      await act("after-reset", reset);
      await act("by-drag", () => drag(80));
      await act("by-wheel", reset, () => canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -300 })));
      await act("by-cut", reset, () => cut.click());
      const half = await pixels();
      depth.value = 80;
      depth.dispatchEvent(new Event("input"));
      say("deeper", changed(half, await pixels()).toFixed(3));
      cut.click();
      close(particle);
    }

    for (const point of document.querySelectorAll("[data-particle]")) {
      click(point);
      await wait(50);
      const heading = particle.querySelector(".heading").textContent;
      const still = particle.querySelectorAll(".still img").length;
      const shares = particle.querySelector(".held").textContent;
      const turned = particle.querySelector(".turned").hidden ? "still" : "turned";
      say("point", point.dataset.particle, "opens", heading, turned, still, shares);
      close(particle);
    }

    for (const mark of document.querySelectorAll("[data-group]")) {
      click(mark);
      const ids = [...list.querySelectorAll("tbody tr")].map((row) => row.dataset.id);
      const { group, bin, from } = mark.dataset;
      say("list", group, bin ?? `from-${from}`, "holds", ids.sort((a, b) => a - b).join(","));
      say("total", group, bin ?? `from-${from}`, list.querySelector(".total").textContent);
      close(list);
    }

    // From the keyboard: one stop a chart, arrow keys to the next mark, Enter opens it.
    const chart = document.querySelector("svg.has-marks:has([data-particle])");
    say("stops", chart.querySelectorAll("[tabindex]").length);
    const stop = chart.querySelector("[tabindex]");
    stop.focus();
    press(stop, "ArrowRight");
    press(document.activeElement, "Enter");
    say("keyboard", particle.querySelector(".heading").textContent);
    close(particle);

    const form = document.getElementById("particle-number");
    form.elements.number.value = 3;
    form.requestSubmit();
    say("number", particle.querySelector(".heading").textContent, particle.open);
    close(particle);
    form.elements.number.value = 99;
    form.requestSubmit();
    say("unknown", particle.open, form.elements.number.validationMessage);
  } catch (error) {
    say("problem", error);
  }
  lines.push(...problems.map((what) => `problem: ${what}`), "done: yes");
  parent.postMessage(lines.join("\n"), "*");
});

(() => {
  const state = window.audioclf;
  const rasters = new WeakMap(); // image -> its pixels
  const inverses = new Map(); // colour ramp -> colour -> level

  function pixelsOf(image) {
    const known = rasters.get(image);
    if (known && known.src === image.src) return known;
    if (!image.complete || !image.naturalWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    const found = {
      src: image.src, width: canvas.width, height: canvas.height,
      data: pen.getImageData(0, 0, canvas.width, canvas.height).data,
    };
    rasters.set(image, found);
    return found;
  }

  // Colour -> level from 0 to 255, for a ramp of rrggbb colours from low to high.
  function inverseOf(ramp) {
    if (!inverses.has(ramp)) {
      const levels = new Map();
      const n = ramp.length / 6;
      for (let i = n - 1; i >= 0; i -= 1) levels.set(parseInt(ramp.slice(6 * i, 6 * i + 6), 16), (255 * i) / (n - 1));
      inverses.set(ramp, levels);
    }
    return inverses.get(ramp);
  }

  // The raster that holds a picture's values: its own, or a separate grey one where its colours mix two things.
  function valuesOf(plot) {
    const image = plot.querySelector("img");
    if (!plot.dataset.levels) return image;
    if (!plot.levels) {
      plot.levels = new Image();
      plot.levels.src = plot.dataset.levels;
    }
    return plot.levels;
  }

  // What a picture shows at a time (fraction of the sound) and height (fraction from the top); null while it loads.
  state.valueAt = (plot, x, y) => {
    const shown = plot.querySelector("img");
    const from = Number(shown.dataset.from || 0), to = Number(shown.dataset.to || 1);
    const image = pixelsOf(valuesOf(plot));
    if (!image || !plot.dataset.spans) return null;
    const pick = (share, n) => Math.min(n - 1, Math.max(0, Math.floor(share * n)));
    const column = pick((x - from) / (to - from), image.width);
    const line = pick(y, image.height);
    const rows = JSON.parse(plot.dataset.rows), spans = JSON.parse(plot.dataset.spans);
    const row = rows.length ? pick(1 - (line + 0.5) / image.height, rows.length) : 0;
    const at = 4 * (line * image.width + column);
    const [r, g, b] = image.data.slice(at, at + 3);
    const level = plot.dataset.levels ? r : inverseOf(plot.dataset.ramp).get((r << 16) | (g << 8) | b);
    const [low, high, unit] = spans[spans.length > 1 ? row : 0];
    return {
      seconds: from + ((column + 0.5) / image.width) * (to - from), row: rows[row], level,
      value: level === undefined ? null : low + (level / 255) * (high - low), low, high, unit,
    };
  };

  const minus = (text) => text.replace("-", "−");

  function hertz(value) {
    return Number(value.toPrecision(value < 1000 ? 3 : 4)).toLocaleString("en") + " Hz";
  }

  function words(found, stack, fraction) {
    const seconds = Number(stack.dataset.start || 0) + fraction * state.secondsOf(stack);
    const parts = [seconds.toFixed(state.secondsOf(stack) > 20 ? 2 : 3) + " s"];
    if (typeof found.row === "number") parts.push(hertz(found.row));
    else if (found.row !== undefined) parts.push(found.row);
    if (found.value !== null) {
      const beyond = found.level === 0 ? "≤ " : found.level === 255 && found.high > 0 ? "≥ " : "";
      const value = Number(found.value.toFixed(1)) || 0; // no −0.0
      const sign = found.low < 0 && found.high > 0 && value > 0 ? "+" : "";
      parts.push(beyond + sign + minus(value.toFixed(1)) + " " + found.unit);
    }
    return parts.join(" · ");
  }

  // The text of a lane at a time, or of a picture at a point.
  function reading(surface, x, y) {
    const stack = state.stackOf(surface);
    const plot = surface.closest(".ac-plot");
    if (plot) {
      const found = state.valueAt(plot, x, y);
      return found ? words(found, stack, x) : plot.dataset.spans ? null : words({ value: null }, stack, x);
    }
    const bar = [...surface.querySelectorAll("[data-words]")].find((one) => {
      const left = parseFloat(one.style.left) / 100;
      return x >= left && x <= left + parseFloat(one.style.width) / 100;
    });
    return bar ? bar.dataset.words : null;
  }

  function tipOf(stack) {
    let tip = stack.querySelector(".ac-tip");
    if (!tip) {
      tip = document.createElement("div");
      tip.className = "ac-tip";
      tip.setAttribute("aria-hidden", "true");
      stack.append(tip);
    }
    return tip;
  }

  // x: fraction of the sound; y: fraction of the picture's height, from the top.
  function show(surface, x, y, spoken) {
    const stack = state.stackOf(surface);
    const text = reading(surface, x, y);
    const plot = surface.closest(".ac-plot");
    const raster = plot && valuesOf(plot);
    if (!text && raster && !raster.complete) {
      raster.onload = () => surface.matches(":hover, :focus") && show(surface, x, y, spoken);
    }
    if (!text) return state.hideReading(stack);
    const { from, to } = state.viewOf(stack);
    const box = surface.getBoundingClientRect(), outer = stack.getBoundingClientRect();
    const tip = tipOf(stack);
    stack.dataset.reading = "true";
    stack.style.setProperty("--read", x);
    tip.textContent = text;
    const left = box.left - outer.left + ((x - from) / (to - from)) * box.width;
    const top = box.top - outer.top + y * box.height;
    const fits = left + tip.offsetWidth + 14 < outer.width;
    tip.style.left = Math.max(2, fits ? left + 12 : left - tip.offsetWidth - 12) + "px";
    tip.style.top = (plot ? top - 30 : box.top - outer.top - 26) + "px";
    surface.reading = { x, y };
    stack.lastReading = x;
    const status = stack.querySelector(".ac-reading");
    if (spoken && status) status.textContent = text;
  }

  state.hideReading = (stack) => {
    if (!stack || !stack.dataset.reading) return;
    delete stack.dataset.reading;
    tipOf(stack).textContent = "";
  };
  state.readingAt = (stack) => (stack.dataset.reading ? stack.lastReading : undefined);

  const surfaceOf = (event) => (event.target.closest ? event.target.closest(".ac-stack[data-seconds] .ac-seek") : null);

  function follow(event) {
    const surface = surfaceOf(event);
    if (!surface) {
      if (event.pointerType === "mouse")
        document.querySelectorAll(".ac-stack[data-reading]").forEach((stack) => {
          if (!stack.contains(document.activeElement)) state.hideReading(stack);
        });
      return;
    }
    if (state.pinching()) return;
    const box = surface.getBoundingClientRect();
    const y = Math.min(0.9999, Math.max(0, (event.clientY - box.top) / box.height));
    show(surface, state.fractionAt(state.stackOf(surface), surface, event.clientX), y, false);
  }
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerdown", follow);

  document.addEventListener("focusin", (event) => {
    const surface = surfaceOf(event);
    if (surface && surface.matches(":focus-visible")) {
      const { from, to } = state.viewOf(state.stackOf(surface));
      const last = surface.reading || { x: (from + to) / 2, y: 0.5 };
      show(surface, Math.min(to, Math.max(from, last.x)), last.y, true);
    }
  });
  document.addEventListener("focusout", (event) => {
    const surface = surfaceOf(event);
    if (surface) state.hideReading(state.stackOf(surface));
  });

  document.addEventListener("keydown", (event) => {
    const surface = surfaceOf(event);
    if (!surface || surface.getAttribute("role") !== "application") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const stack = state.stackOf(surface);
    const { from, to } = state.viewOf(stack);
    const now = surface.reading || { x: (from + to) / 2, y: 0.5 };
    if (event.key === "Enter" || event.key === " ") state.playFrom(stack, now.x * state.secondsOf(stack));
    else if (event.key === "Escape") state.hideReading(stack);
    else if (!move(surface, stack, now, event)) return;
    event.preventDefault();
  });

  // One column or row of the raster per key, ten with Shift; a bar of a lane per key.
  function move(surface, stack, now, event) {
    const { from, to } = state.viewOf(stack);
    const plot = surface.closest(".ac-plot");
    const image = plot && pixelsOf(plot.querySelector("img"));
    const times = event.shiftKey ? 10 : 1;
    const column = image ? times / image.width : (times * (to - from)) / 50;
    const n = plot ? JSON.parse(plot.dataset.rows || "[]").length || image.height : 1;
    const steps = {
      ArrowLeft: [-column, 0], ArrowRight: [column, 0], ArrowUp: [0, -times / n], ArrowDown: [0, times / n],
      PageUp: [-(to - from) / 10, 0], PageDown: [(to - from) / 10, 0], Home: [-1, 0], End: [1, 0],
    };
    if (!(event.key in steps)) return false;
    const [dx, dy] = steps[event.key];
    const lowest = event.key === "Home" ? from : 0, highest = event.key === "End" ? to : 1;
    const x = Math.min(highest - 1e-6, Math.max(lowest, now.x + dx));
    if (x < from) state.setView(stack, x, x + to - from);
    else if (x > to) state.setView(stack, x - (to - from), x);
    show(surface, x, Math.min(0.9999, Math.max(0, now.y + dy)), true);
    return true;
  }
})();

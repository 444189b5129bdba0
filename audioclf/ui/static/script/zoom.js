(() => {
  const state = window.audioclf;
  const STEP = 0.5;
  const SLOP = 4; // CSS pixels that a click may move
  const surfaceOf = (event) => (event.target.closest ? event.target.closest(".ac-stack .ac-seek") : null);

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-zoom]");
    const stack = button && state.stackOf(button);
    if (!stack) return;
    if (button.dataset.zoom === "fit") return state.setView(stack, 0, 1);
    const at = Number(stack.style.getPropertyValue("--at") || 0);
    const { from, to } = state.viewOf(stack);
    const fixed = at > from && at < to ? at : (from + to) / 2;
    state.zoomBy(stack, button.dataset.zoom === "in" ? STEP : 1 / STEP, fixed);
  });

  document.addEventListener("input", (event) => {
    if (!event.target.matches || !event.target.matches(".ac-pan")) return;
    const stack = state.stackOf(event.target);
    const { from, to } = state.viewOf(stack);
    const start = (event.target.value / 1000) * (1 - (to - from));
    state.setView(stack, start, start + to - from);
  });

  // Without Ctrl a wheel scrolls the page; a touchpad's pinch arrives as a wheel with Ctrl.
  document.addEventListener("wheel", (event) => {
    const surface = surfaceOf(event);
    if (!surface) return;
    const stack = state.stackOf(surface);
    const { from, to } = state.viewOf(stack);
    if (event.ctrlKey || event.metaKey) {
      const at = state.fractionAt(stack, surface, event.clientX);
      state.zoomBy(stack, Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) * 0.005), at);
    } else if (to - from < 1 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
      state.panBy(stack, (event.deltaX || event.deltaY) / 800);
    } else return;
    event.preventDefault();
  }, { passive: false });

  // Drag with a mouse moves the view; two fingers zoom and move it. One finger reads values and scrolls the page.
  const held = new Map();
  let dragged = false;

  document.addEventListener("pointerdown", (event) => {
    const surface = surfaceOf(event);
    if (!surface || event.button) return;
    if (event.isPrimary) { held.clear(); dragged = false; }
    held.set(event.pointerId, { surface, x: event.clientX, start: event.clientX });
    if (held.size === 2) state.hideReading(state.stackOf(surface));
  });

  document.addEventListener("pointermove", (event) => {
    const one = held.get(event.pointerId);
    if (!one) return;
    const stack = state.stackOf(one.surface);
    if (!stack) return held.clear();
    const width = one.surface.getBoundingClientRect().width;
    if (held.size === 2) {
      const other = [...held.entries()].find(([id]) => id !== event.pointerId)[1];
      const before = Math.abs(one.x - other.x), after = Math.abs(event.clientX - other.x);
      const middle = state.fractionAt(stack, one.surface, (one.x + other.x) / 2);
      if (before > 20 && after > 20) state.zoomBy(stack, before / after, middle);
      state.panBy(stack, (one.x - event.clientX) / 2 / width);
      dragged = true;
    } else if (event.pointerType === "mouse") {
      if (Math.abs(event.clientX - one.start) > SLOP) dragged = true;
      const { from, to } = state.viewOf(stack);
      if (dragged && to - from < 1) state.panBy(stack, (one.x - event.clientX) / width);
    }
    one.x = event.clientX;
  });
  for (const kind of ["pointerup", "pointercancel"])
    document.addEventListener(kind, (event) => held.delete(event.pointerId));
  state.pinching = () => held.size > 1;

  // A drag is no click: nothing plays.
  document.addEventListener("click", (event) => {
    if (dragged && surfaceOf(event)) event.stopImmediatePropagation();
    dragged = false;
  }, true);

  document.addEventListener("keydown", (event) => {
    const surface = surfaceOf(event);
    if (!surface || event.ctrlKey || event.metaKey || event.altKey) return;
    const stack = state.stackOf(surface);
    if (event.key === "+" || event.key === "=") state.zoomBy(stack, STEP, state.readingAt(stack));
    else if (event.key === "-") state.zoomBy(stack, 1 / STEP, state.readingAt(stack));
    else if (event.key === "0") state.setView(stack, 0, 1);
    else return;
    event.preventDefault();
  });
})();

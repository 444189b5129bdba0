(() => {
  const state = window.audioclf;

  // The part of its sound that a stack of pictures shows, as fractions; all pictures and lanes of the stack share it.
  const SHORTEST = 0.02; // seconds
  state.stackOf = (node) => (node && node.closest ? node.closest(".ac-stack[data-seconds]") : null);
  state.secondsOf = (stack) => Number(stack.dataset.seconds);
  state.viewOf = (stack) => ({ from: Number(stack.dataset.from || 0), to: Number(stack.dataset.to || 1) });

  // Fraction of the whole sound at a place on a surface that shows the view.
  state.fractionAt = (stack, surface, clientX) => {
    const box = surface.getBoundingClientRect();
    const { from, to } = state.viewOf(stack);
    const across = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    return from + across * (to - from);
  };

  state.setView = (stack, from, to) => {
    const width = Math.min(1, Math.max(to - from, Math.min(1, SHORTEST / state.secondsOf(stack))));
    const start = Math.min(1 - width, Math.max(0, from));
    stack.dataset.from = start;
    stack.dataset.to = start + width;
    stack.style.setProperty("--from", start);
    stack.style.setProperty("--zoom", 1 / width);
    const pan = stack.querySelector(".ac-pan");
    if (pan) {
      pan.hidden = width > 0.999;
      pan.value = width < 1 ? Math.round((1000 * start) / (1 - width)) : 0;
    }
    drawAxes(stack);
    stack.dispatchEvent(new CustomEvent("audioclf:view", { bubbles: true }));
  };

  // factor: of the width in view. at: the fraction of the sound that keeps its place.
  state.zoomBy = (stack, factor, at) => {
    const { from, to } = state.viewOf(stack);
    const width = Math.min(1, (to - from) * factor);
    const fixed = at === undefined ? (from + to) / 2 : at;
    const share = (fixed - from) / (to - from);
    state.setView(stack, fixed - share * width, fixed + (1 - share) * width);
  };

  state.panBy = (stack, share) => {
    const { from, to } = state.viewOf(stack);
    const move = share * (to - from);
    const kept = Math.min(1 - to, Math.max(-from, move));
    if (kept) state.setView(stack, from + kept, to + kept);
  };

  // Times 1, 2 or 5 times a power of ten apart, about n of them.
  function ticksOf(start, end, n) {
    const rough = (end - start) / n;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => power * factor >= rough * 0.999);
    const ticks = [];
    for (let i = Math.ceil(start / step - 1e-9); i <= Math.floor(end / step + 1e-9); i += 1) ticks.push(i * step);
    return { ticks, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  function drawAxes(stack) {
    const { from, to } = state.viewOf(stack);
    const origin = Number(stack.dataset.start || 0);
    const start = origin + from * state.secondsOf(stack);
    const end = origin + to * state.secondsOf(stack);
    const { ticks, decimals } = ticksOf(start, end, 8);
    for (const axis of stack.querySelectorAll(".ac-times")) {
      axis.querySelectorAll("span").forEach((mark) => mark.remove());
      for (const tick of ticks) {
        const mark = document.createElement("span");
        mark.style.left = (100 * (tick - start)) / (end - start) + "%";
        mark.textContent = tick.toFixed(decimals);
        axis.append(mark);
      }
    }
  }
})();

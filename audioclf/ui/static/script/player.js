(() => {
  const state = window.audioclf;
  const { stackOf, secondsOf } = state;

  function show(stack, seconds) {
    const all = secondsOf(stack);
    const at = Math.min(all, Math.max(0, seconds));
    stack.style.setProperty("--at", at / all);
    const clock = stack.querySelector(".ac-clock b");
    if (clock) clock.textContent = (at + Number(stack.dataset.start || 0)).toFixed(2);
    const slider = stack.querySelector("[role=slider]");
    if (slider) {
      slider.setAttribute("aria-valuenow", at.toFixed(2));
      slider.setAttribute("aria-valuetext", window.audioclf.text("seconds", { seconds: at.toFixed(2) }));
    }
  }

  function follow(audio) {
    const stack = stackOf(audio);
    if (!stack) return;
    show(stack, audio.currentTime);
    if (!audio.paused) keepInView(stack, audio.currentTime / secondsOf(stack));
    if (!audio.paused) requestAnimationFrame(() => follow(audio));
  }

  // The view turns a page when the sound plays past its end.
  function keepInView(stack, at) {
    const { from, to } = state.viewOf(stack);
    if (at < from || at > to) state.setView(stack, at, at + to - from);
  }

  function seek(stack, seconds, play) {
    const audio = stack.querySelector("audio");
    const at = Math.min(secondsOf(stack), Math.max(0, seconds));
    show(stack, at);
    if (!audio) return;
    audio.currentTime = at;
    if (play) audio.play().catch(() => {});
  }

  state.playFrom = (stack, seconds) => seek(stack, seconds, true);

  function toggle(stack) {
    const audio = stack.querySelector("audio");
    if (!audio) return;
    if (audio.paused) audio.play().catch(() => {});
    else audio.pause();
  }

  // One sound at a time, across all tabs.
  state.restart = (audio) => {
    audio.currentTime = 0;
    audio.play().catch(() => {});
  };
  document.addEventListener("play", (event) => {
    document.querySelectorAll("audio").forEach((other) => other !== event.target && other.pause());
  }, true);

  // Play buttons without pictures.
  document.addEventListener("click", (event) => {
    const audio = event.target.closest && event.target.closest(".ac-hear")?.querySelector("audio");
    if (audio) state.restart(audio);
  });

  document.addEventListener("click", (event) => {
    const stack = stackOf(event.target);
    if (!stack) return;
    if (event.target.closest(".ac-play")) return toggle(stack);
    const surface = event.target.closest(".ac-seek");
    if (!surface) return;
    seek(stack, state.fractionAt(stack, surface, event.clientX) * secondsOf(stack), true);
  });

  document.addEventListener("keydown", (event) => {
    const slider = event.target.closest && event.target.closest(".ac-seek[role=slider]");
    if (!slider) return;
    const stack = stackOf(slider);
    const all = secondsOf(stack);
    const now = Number(slider.getAttribute("aria-valuenow"));
    const step = Math.max(0.01, all / 50);
    const moves = {
      ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step,
      PageDown: now - 5 * step, PageUp: now + 5 * step, Home: 0, End: all,
    };
    if (event.key in moves) seek(stack, moves[event.key], false);
    else if (event.key === "Enter" || event.key === " ") toggle(stack);
    else return;
    event.preventDefault();
  });

  // Media events do not bubble; the capturing phase still passes through the document.
  for (const kind of ["play", "pause", "ended"])
    document.addEventListener(kind, (event) => {
      const stack = stackOf(event.target);
      if (!stack) return;
      const button = stack.querySelector(".ac-play");
      const playing = kind === "play";
      button.textContent = playing ? "❚❚" : "▶";
      button.setAttribute("aria-label", window.audioclf.text(playing ? "pause" : "play"));
      follow(event.target);
    }, true);

  // A new clip starts at 0, wherever the last one stopped.
  document.addEventListener("loadstart", (event) => {
    const stack = stackOf(event.target);
    if (stack) show(stack, 0);
  }, true);
})();

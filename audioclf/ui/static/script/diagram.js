(() => {
  const surfaceOf = (node) => node.closest && node.closest(".ac-levels");
  const numbers = (surface) => ["min", "max", "now"].map((key) => Number(surface.getAttribute(`aria-value${key}`)));

  // Marks a level of a chart and reads it out below.
  function mark(surface, level) {
    const [low, high] = numbers(surface);
    const at = Math.min(high, Math.max(low, level));
    const words = JSON.parse(surface.dataset.readouts)[at - low];
    surface.style.setProperty("--at", (at - low) / (high - low));
    surface.style.setProperty("--step", 1 / (high - low));
    surface.firstElementChild.hidden = false;
    surface.setAttribute("aria-valuenow", at);
    surface.setAttribute("aria-valuetext", words);
    const line = surface.closest("figure").querySelector(".ac-readout");
    if (line) line.textContent = words;
  }

  function levelAt(surface, event) {
    const box = surface.getBoundingClientRect();
    const [low, high] = numbers(surface);
    return low + Math.round(((event.clientX - box.left) / box.width) * (high - low));
  }

  // Moves the slider of the marked level; its sound is played when it arrives.
  let play = false;
  function choose(surface) {
    const slider = document.querySelector(`.ac-sliders input[name="${surface.dataset.stress}"]`);
    if (!slider) return;
    play = true;
    slider.value = surface.getAttribute("aria-valuenow");
    for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  // The result of the stress section is about to be replaced; it has been, unless a newer one is on its way.
  let awaited = 0;
  window.audioclf.stale = () => {
    awaited += 1;
    document.getElementById("stress").dataset.stale = "true";
  };
  window.audioclf.stressed = () => {
    awaited -= 1;
    if (awaited > 0) return;
    delete document.getElementById("stress").dataset.stale;
    if (!play) return;
    play = false;
    // With every slider off, the sound is the original one.
    const sound = document.querySelector("#stress-now audio") || document.querySelector("#compare-result audio");
    if (sound) window.audioclf.restart(sound);
  };

  document.addEventListener("pointermove", (event) => {
    const surface = surfaceOf(event.target);
    if (surface) mark(surface, levelAt(surface, event));
  });
  document.addEventListener("click", (event) => {
    const surface = surfaceOf(event.target);
    if (!surface) return;
    mark(surface, levelAt(surface, event));
    choose(surface);
  });
  document.addEventListener("keydown", (event) => {
    const surface = surfaceOf(event.target);
    if (!surface) return;
    const [low, high, now] = numbers(surface);
    const moves = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: low, End: high };
    if (event.key in moves) mark(surface, moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") choose(surface);
    else return;
    event.preventDefault();
  });
})();

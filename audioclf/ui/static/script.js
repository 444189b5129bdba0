// Runs once, before any tab is drawn. Listeners are on the document, so that redrawn results need no binding.
(() => {
  if (window.audioclf) return;
  const state = (window.audioclf = { processing: false });

  // Browsers process speech by default: gain control doubles quiet voices, noise removal swallows consonants.
  const devices = navigator.mediaDevices;
  if (devices && devices.getUserMedia) {
    const original = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (constraints) => {
      if (!constraints || !constraints.audio) return original(constraints);
      const on = state.processing;
      const audio = { ...(constraints.audio === true ? {} : constraints.audio) };
      Object.assign(audio, { echoCancellation: on, noiseSuppression: on, autoGainControl: on, channelCount: 1 });
      return original({ ...constraints, audio });
    };
  }

  state.reveal = (id) => {
    const node = document.getElementById(id);
    if (!node || node.getBoundingClientRect().top < window.innerHeight * 0.7) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    node.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  };

  // Scrolls to a section that a button elsewhere has opened.
  state.show = (id) => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById(id)?.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  };

  // A click on a level of a chart moves its slider.
  document.addEventListener("click", (event) => {
    const level = event.target.closest && event.target.closest(".ac-level");
    const slider = level && document.querySelector(`.ac-sliders input[name="${level.dataset.stress}"]`);
    if (!slider) return;
    slider.value = level.dataset.at;
    for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
  });

  const stackOf = (node) => node.closest && node.closest(".ac-stack[data-seconds]");
  const secondsOf = (stack) => Number(stack.dataset.seconds);

  function show(stack, seconds) {
    const all = secondsOf(stack);
    const at = Math.min(all, Math.max(0, seconds));
    stack.style.setProperty("--at", at / all);
    const clock = stack.querySelector(".ac-clock b");
    if (clock) clock.textContent = (at + Number(stack.dataset.start || 0)).toFixed(2);
    const slider = stack.querySelector("[role=slider]");
    if (slider) {
      slider.setAttribute("aria-valuenow", at.toFixed(2));
      slider.setAttribute("aria-valuetext", at.toFixed(2) + " seconds");
    }
  }

  function follow(audio) {
    const stack = stackOf(audio);
    if (!stack) return;
    show(stack, audio.currentTime);
    if (!audio.paused) requestAnimationFrame(() => follow(audio));
  }

  function seek(stack, seconds, play) {
    const audio = stack.querySelector("audio");
    const at = Math.min(secondsOf(stack), Math.max(0, seconds));
    show(stack, at);
    if (!audio) return;
    audio.currentTime = at;
    if (play) audio.play().catch(() => {});
  }

  function toggle(stack) {
    const audio = stack.querySelector("audio");
    if (!audio) return;
    if (audio.paused) audio.play().catch(() => {});
    else audio.pause();
  }

  // Play buttons without pictures.
  document.addEventListener("click", (event) => {
    const audio = event.target.closest && event.target.closest(".ac-hear")?.querySelector("audio");
    if (!audio) return;
    document.querySelectorAll("audio").forEach((other) => other !== audio && other.pause());
    audio.currentTime = 0;
    audio.play().catch(() => {});
  });

  document.addEventListener("click", (event) => {
    const stack = stackOf(event.target);
    if (!stack) return;
    if (event.target.closest(".ac-play")) return toggle(stack);
    const surface = event.target.closest(".ac-seek");
    if (!surface) return;
    const box = surface.getBoundingClientRect();
    seek(stack, ((event.clientX - box.left) / box.width) * secondsOf(stack), true);
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
      button.setAttribute("aria-label", playing ? "Pause" : "Play");
      if (playing)  // one sound at a time, across all tabs
        document.querySelectorAll("audio").forEach((other) => other !== event.target && other.pause());
      follow(event.target);
    }, true);

  // A new clip starts at 0, wherever the last one stopped.
  document.addEventListener("loadstart", (event) => {
    const stack = stackOf(event.target);
    if (stack) show(stack, 0);
  }, true);

  // Links: this page's address with another query. Without a clipboard (it needs https or localhost), show the link.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest(".ac-copy");
    if (!button) return;
    const url = new URL(location.pathname + button.dataset.query, location.href).href;
    const words = button.parentElement.querySelector(".ac-copied");
    try {
      await navigator.clipboard.writeText(url);
      words.textContent = "Copied";
    } catch {
      words.textContent = url;
    }
  });

  // Sortable tables; the last order is kept, so that a redrawn table can be sorted again.
  function sortTable(table, column, direction) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((th, i) => th.setAttribute("aria-sort", i === column ? direction : "none"));
    const key = (row) => row.children[column].dataset.sort;
    const rows = [...table.tBodies[0].rows];
    const numbers = rows.every((row) => key(row).trim() !== "" && !Number.isNaN(Number(key(row))));
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort((a, b) => sign * (numbers ? key(a) - key(b) : key(a).localeCompare(key(b))));
    table.tBodies[0].append(...rows);
  }

  const order = { column: null, direction: "ascending" };
  state.sortAgain = (part) => {
    const table = part.querySelector("table");
    if (table && order.column !== null) sortTable(table, order.column, order.direction);
  };

  document.addEventListener("click", (event) => {
    const th = event.target.closest && event.target.closest("th:has(> .ac-sort)");
    if (!th) return;
    order.column = th.cellIndex;
    order.direction = th.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    sortTable(th.closest("table"), order.column, order.direction);
  });

  // Without https or localhost a browser hides the microphone; say so instead of showing a dead button.
  if (!window.isSecureContext) document.documentElement.classList.add("ac-insecure");
})();

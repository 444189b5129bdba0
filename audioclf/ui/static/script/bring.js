(() => {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const HANDS = ["wheel", "touchstart", "pointerdown", "keydown"];
  const WATCHED_MS = 6000;  // what is above may wait for its own answers
  const CALM_FRAMES = 6;
  const MOST = 3;  // scrolls for one result
  const GAP = 12;  // pixels between the top of the window and a result

  // Scrolls to a result that a visitor has asked for, once it has its height, unless it is in view: all of it, or its
  // first `least` pixels. Does so again when it has moved out of view, until the visitor takes over.
  window.audioclf.bring = (id, least = Infinity) => {
    const node = document.getElementById(id);
    const end = performance.now() + WATCHED_MS;
    const taken = new AbortController();
    HANDS.forEach((hand) => window.addEventListener(hand, () => taken.abort(), { signal: taken.signal, passive: true }));
    let before = "", calm = 0, n_scrolls = 0;
    const show = (box) => {
      if (box.top >= 0 && box.top + Math.min(box.height, least) <= window.innerHeight) return;
      n_scrolls += 1;
      window.scrollBy({ top: box.top - GAP, behavior: still.matches ? "auto" : "smooth" });
    };
    const look = () => {
      const box = node?.getBoundingClientRect();
      if (!box || taken.signal.aborted) return;
      const place = `${Math.round(box.top)} ${Math.round(box.height)}`;
      calm = place === before && box.height ? calm + 1 : 0;
      before = place;
      if (calm === CALM_FRAMES) show(box);
      if (performance.now() < end && n_scrolls < MOST) requestAnimationFrame(look);
      else taken.abort();
    };
    look();
  };
})();

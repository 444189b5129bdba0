(() => {
  const state = window.audioclf;
  const GAP = 12; // pixels to the edge of the window
  const SHARE = 0.6; // of the window's height: as much of a result is shown, so that what led to it stays in sight

  const scroll = (top) => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    window.scrollBy({ top, behavior: still ? "auto" : "smooth" });
  };

  // Brings a result into sight, above or below, with the least scrolling; its beginning always shows.
  state.reveal = (id) => requestAnimationFrame(() => {
    const node = document.getElementById(id);
    if (!node || !node.offsetParent) return;
    const { top, height } = node.getBoundingClientRect();
    const below = top + Math.min(height, SHARE * window.innerHeight) + GAP - window.innerHeight;
    if (top < GAP) scroll(top - GAP);
    else if (below > 0) scroll(Math.min(below, top - GAP));
  });
})();

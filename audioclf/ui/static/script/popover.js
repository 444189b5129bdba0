(() => {
  // The browser opens and closes the words of a button (popovertarget); this places them, and opens them on focus.
  const EDGE = 12, GAP = 6;
  const wordsOf = (node) => {
    const button = node.closest && node.closest(".ac-explains");
    return button && document.getElementById(button.getAttribute("popovertarget"));
  };

  function place(words) {
    const face = document.querySelector(`[popovertarget="${words.id}"]`)?.getBoundingClientRect();
    if (!face) return;
    const box = words.getBoundingClientRect();
    const left = Math.max(EDGE, Math.min(face.left, document.documentElement.clientWidth - box.width - EDGE));
    const above = face.top - box.height - GAP, below = face.bottom + GAP;
    const top = below + box.height > innerHeight && above > 0 ? above : below;
    words.style.left = `${left + scrollX}px`;
    words.style.top = `${top + scrollY}px`;
  }

  // These events do not bubble. The words have a size once they are shown, which is before the next frame.
  document.addEventListener("beforetoggle", (event) => {
    const words = event.target;
    if (words.matches?.(".ac-words") && event.newState === "open") requestAnimationFrame(() => place(words));
  }, true);

  document.addEventListener("focusin", ({ target }) => {
    const own = wordsOf(target);
    for (const words of document.querySelectorAll(".ac-words:popover-open")) {
      if (words !== own && !words.contains(target)) words.hidePopover();
    }
    if (own && target.matches(":focus-visible") && !own.matches(":popover-open")) own.showPopover();
  });
})();

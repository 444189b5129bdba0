(() => {
  // The sections of a model card are folded: a button in each heading shows and hides what follows it.
  const CARD = "models-card";

  function bodyOf(heading) {
    const body = [];
    for (let node = heading.nextElementSibling; node && node.tagName !== "H2"; node = node.nextElementSibling) body.push(node);
    return body;
  }

  function fold(heading, open) {
    heading.firstElementChild.setAttribute("aria-expanded", open);
    for (const node of bodyOf(heading)) {
      node.toggleAttribute("hidden", !open);
      // What scrolls sideways can be scrolled with the keyboard.
      for (const wide of [node, ...node.querySelectorAll("table, pre")])
        if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    }
  }

  function foldAll() {
    for (const heading of document.querySelectorAll(`#${CARD} h2:not(:has(> .ac-fold))`)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "ac-fold";
      button.append(...heading.childNodes);
      heading.append(button);
      fold(heading, false);
    }
  }

  // A card is drawn anew for every model.
  window.audioclf.foldCard = () => {
    const card = document.getElementById(CARD);
    if (!card) return;
    foldAll();
    if (card.dataset.folds) return;
    card.dataset.folds = "true";
    new MutationObserver(foldAll).observe(card, { childList: true, subtree: true });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".ac-fold");
    if (button) fold(button.parentElement, button.getAttribute("aria-expanded") !== "true");
  });
})();

(() => {
  // Arrow keys move between tabs, as everywhere else; Gradio leaves them to the Tab key.
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest && event.target.closest("[role=tab]");
    if (!tab) return;
    const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")].filter((other) => other.offsetParent);
    const at = tabs.indexOf(tab);
    const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const next = tabs.at(moves[event.key] % tabs.length);
    next.focus();
    next.click();
  });
})();

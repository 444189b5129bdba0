(() => {
  // The tabs, and each group of choices, are one stop of the Tab key; arrow keys move within. Gradio makes every one a
  // stop, because its radio buttons have names of their own; with one name, the browser does the rest.
  const unite = () => {
    for (const group of document.querySelectorAll("fieldset")) {
      const [first, ...others] = group.querySelectorAll('input[type="radio"]');
      others.filter((other) => other.name !== first.name).forEach((other) => { other.name = first.name; });
    }
    for (const tab of document.querySelectorAll("[role=tab]")) tab.tabIndex = tab.ariaSelected === "true" ? 0 : -1;
  };
  // Before the key moves anything: what Gradio has drawn since is united, too.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab" || event.key.startsWith("Arrow")) unite();
  }, true);

  // Past the header, to the lesson or to whatever the open tab shows.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".ac-skip")) return;
    const places = [document.getElementById("ac-lesson-title"), ...document.querySelectorAll("[role=tabpanel]")];
    const place = places.find((one) => one?.offsetParent);
    if (!place) return;
    place.tabIndex = -1;
    place.focus();
  });
})();

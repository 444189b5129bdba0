(() => {
  // Large type for a room: by the switch in the header, or by ?view=projector.
  const state = window.audioclf;
  const page = document.documentElement;
  const isLarge = () => page.classList.contains("ac-projector");

  page.classList.toggle("ac-projector", new URLSearchParams(location.search).get("view") === "projector");
  state.viewed = () => document.getElementById("projector")?.setAttribute("aria-pressed", isLarge());

  function toggle() {
    page.classList.toggle("ac-projector");
    const url = new URL(location.href);
    if (isLarge()) url.searchParams.set("view", "projector");
    else url.searchParams.delete("view");
    history.replaceState(history.state, "", url);
    state.viewed();
  }

  function openGlossary() {
    const glossary = document.querySelector(".ac-glossary");
    glossary.open = true;
    glossary.scrollIntoView({ block: "start" });
    glossary.querySelector("summary").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#projector")) toggle();
    if (event.target.closest?.("#open-glossary")) openGlossary();
  });
})();

(() => {
  // The address names tab, task, example and settings, with the keys of links. The server writes and reads them
  // (links.py): the query of a result stands in the line below it, that of the settings in #address.
  const state = window.audioclf;
  let entry = location.search; // of the history's entry on view
  let moved = false; // whether the visitor has gone somewhere, which Back undoes
  let going = true; // whether the server still sets what the address asks for

  const tabs = () => [...document.querySelectorAll("#tabs [role=tab][data-tab-id]")];
  const first = (key) => (key === "tab" ? tabs()[0]?.dataset.tabId : document.querySelector("#task input")?.value);

  // A query with the keys of links only, in their order, and with the task and tab that it leaves out.
  function full(query) {
    const given = new URLSearchParams(query);
    const values = keys.map((key) => [key, given.get(key) || (["task", "tab"].includes(key) ? first(key) : "")]);
    const written = ([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
    return values.filter(([, value]) => value).map(written).join("&");
  }

  const resultOf = (tab) => document.querySelector(`#${tab}-link [data-query]`);

  // What a tab shows: its result, or else the settings and the example that the address asks for.
  function shown(tab) {
    const line = resultOf(tab);
    if (line) return full(line.dataset.query);
    const query = new URLSearchParams(full(document.querySelector("#address [data-query]")?.dataset.query));
    const asked = new URLSearchParams(full(location.search));
    query.set("tab", tab);
    const same = ["task", "tab"].every((key) => query.get(key) === asked.get(key));
    for (const key of ["example", "step", "set"]) if (same && asked.get(key)) query.set(key, asked.get(key));
    return full(query);
  }

  function write() {
    const tab = tabs().find((one) => one.getAttribute("aria-selected") === "true")?.dataset.tabId;
    const others = new URLSearchParams(location.search);
    const isNamed = others.has("tab") || !resultOf(tab); // a bare address names the page as it opens
    if (!tab || going || (isNamed && shown(tab) === full(location.search))) return;
    keys.forEach((key) => others.delete(key));
    const query = [shown(tab), others.toString()].filter(Boolean).join("&");
    history[moved ? "pushState" : "replaceState"](history.state, "", `${location.pathname}?${query}`);
    moved = false;
    entry = location.search;
  }
  state.address = () => setTimeout(write); // once the page is drawn

  const GOES = "#tabs [role=tab], #task label, #examples button, #compare-clip [role=option], " +
    "#explore-clip [role=option], #explore-path button, #explore-onward button";
  const GOES_BY_KEY = `${GOES}, #compare-clip input, #explore-clip input`;
  const PASSES = ["Tab", "Shift", "Control", "Alt", "Meta"]; // keys that only leave a place
  for (const kind of ["click", "change", "keydown"])
    document.addEventListener(kind, (event) => {
      const places = kind === "keydown" ? GOES_BY_KEY : GOES;
      if (!event.isTrusted || PASSES.includes(event.key) || !event.target.closest?.(places)) return;
      moved = true;
      state.address();
    });

  // Back and Forward: open the tab, and let the server set the rest unless the tab shows it.
  window.addEventListener("popstate", () => {
    if (location.search === entry) return;
    entry = location.search;
    const query = full(entry);
    const tab = new URLSearchParams(query).get("tab");
    const there = shown(tab) === query;
    going = true;
    moved = false;
    tabs().find((one) => one.dataset.tabId === tab)?.click();
    if (there) state.arrived();
    else state.open(query);
  });
  state.arrived = () => setTimeout(() => {
    going = false;
    write();
  });
})();

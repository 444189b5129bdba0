(() => {
  const state = window.audioclf;

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
})();

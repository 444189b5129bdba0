(() => {
  // Links: this page's address with another query. Without a clipboard (it needs https or localhost), show the link.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest(".ac-copy");
    if (!button) return;
    const address = new URL(location.pathname + button.closest("[data-query]").dataset.query, location.href);
    const view = new URLSearchParams(location.search).get("view"); // as seen, large type included
    if (view) address.searchParams.set("view", view);
    const url = address.href.replaceAll("%2C", ",");
    const words = button.parentElement.querySelector(".ac-copied");
    try {
      await navigator.clipboard.writeText(url);
      words.textContent = window.audioclf.text("copied");
    } catch {
      words.textContent = url;
    }
  });
})();

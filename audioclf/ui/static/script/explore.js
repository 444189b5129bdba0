(() => {
  const state = window.audioclf;
  const plotOf = (node) => node.closest?.(".ac-lesson-panel .ac-plot");

  // A new step begins at its title.
  state.turned = () => requestAnimationFrame(() => {
    const title = document.getElementById("ac-lesson-title");
    if (!title?.offsetParent) return;
    title.focus({ preventScroll: true });
    const top = document.getElementById("explore-path").getBoundingClientRect().top;
    if (top < 0 || top > window.innerHeight / 2) window.scrollBy({ top: top - 8 });
  });

  // A new picture: its sentence is read out, unless it tells a hidden answer.
  state.drawn = () => requestAnimationFrame(() => {
    state.limited();
    const said = document.querySelector("#explore-view .ac-step-said");
    const words = said?.closest("details:not([open])") ? "" : said?.textContent;
    document.querySelector("#explore-said [role=status]").textContent = words ?? "";
  });

  // Controls end where this sound or task has no more to show; with one value left, there is nothing to set.
  state.limited = () => requestAnimationFrame(() => {
    const limits = JSON.parse(document.querySelector("#explore-view [data-limits]")?.dataset.limits ?? "{}");
    for (const [name, limit] of Object.entries(limits)) {
      const control = document.querySelector(`#explore-lesson .ac-control [name="${name}"]`);
      for (const option of control?.options ?? []) option.hidden = option.disabled = Number(option.value) > limit;
      if (control?.type !== "range") continue;
      // The task may change, and the value that was set then fit again.
      control.dataset.high ??= control.max;
      const wanted = control.dataset.wanted ?? control.value;
      control.max = Math.min(limit, control.dataset.high);
      control.value = wanted;
      control.dataset.wanted = wanted;
      control.parentElement.querySelector("output").textContent = control.value;
      for (const one of control.parentElement.querySelectorAll("input, button")) one.disabled = limit <= control.min;
    }
  });

  // A guess: whether it was right, and why.
  state.answered = (option) => {
    const box = option.closest(".ac-ask");
    box.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", one === option));
    const line = box.querySelector(".ac-answered");
    const word = JSON.parse(box.dataset.words)[option.dataset.right];
    line.textContent = `${word} ${line.dataset.answer}`;
  };

  // A term of the formula and the curve that it stands for light up together.
  document.addEventListener("pointerover", (event) => {
    const part = event.target.closest?.("#explore-lesson [data-part], #explore-view [data-part]");
    document.querySelectorAll("[data-lit]").forEach((one) => one.removeAttribute("data-lit"));
    if (!part) return;
    document.querySelectorAll(`[data-part="${part.dataset.part}"]`).forEach((one) => one.setAttribute("data-lit", ""));
  });

  const between = ([low, high, isLog], share) =>
    isLog ? low * (high / low) ** share : low + share * (high - low);
  const rounded = (value) => Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 4 });
  const words = (axis, share) => (axis[3] ? `${rounded(between(axis, share))} ${axis[3]}` : rounded(between(axis, share)));

  // The values under the pointer, and a line at the same place in all pictures with the same axis.
  document.addEventListener("pointermove", (event) => {
    const plot = plotOf(event.target);
    const shown = plot?.closest(".ac-step-view");
    if (!shown) return;
    const box = plot.getBoundingClientRect();
    const across = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const up = Math.min(1, Math.max(0, (box.bottom - event.clientY) / box.height));
    const reads = JSON.parse(plot.dataset.reads);
    const same = JSON.stringify(reads.x);
    shown.querySelector(".ac-readout").textContent = `${words(reads.x, across)}, ${words(reads.y, up)}`;
    for (const other of shown.querySelectorAll(".ac-plot")) {
      const linked = JSON.stringify(JSON.parse(other.dataset.reads).x) === same;
      other.toggleAttribute("data-pointed", linked);
      if (linked) other.style.setProperty("--pointer", across);
    }
  });
})();

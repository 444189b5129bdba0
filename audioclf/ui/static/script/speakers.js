(() => {
  const state = window.audioclf;
  const boxOf = () => document.querySelector(".ac-several");

  // Sends the files one after the other, then hands over those that arrived.
  async function give(box, files) {
    const words = JSON.parse(box.dataset.words);
    const sent = [], problems = [];
    for (const [at, file] of files.entries()) {
      const refusal = state.refusal(box, file);
      if (refusal) { problems.push(refusal); continue; }
      state.sayOfFile(box, files.length > 1 ? state.filled(words.count, { at: at + 1, n: files.length }) : words.sending);
      try {
        sent.push([await state.upload(file, words), file]);
      } catch (sentence) {
        problems.push(String(sentence));
      }
    }
    state.sayOfFile(box, problems.join(" "), problems.length > 0);
    if (sent.length) state.handAll(box.dataset.hand, sent);
  }

  // Whether files that were dropped or pasted are taken here, because this tab is open.
  state.takeSeveral = (files) => {
    const box = boxOf();
    if (!box || !box.offsetParent) return false;
    give(box, files);
    return true;
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches || !event.target.matches(".ac-several input[type=file]")) return;
    const files = [...event.target.files];
    event.target.value = ""; // the same files may be chosen again
    if (files.length) give(event.target.closest(".ac-several"), files);
  });

  // A threshold is moved: the rates at it, its place in both charts, and what the model would answer.
  const mix = (low, high, share) => low.map((value, i) => value + share * (high[i] - value));

  // points: rows that begin with a threshold, ascending. Returns the row at this threshold, between two of them.
  function rowAt(points, threshold) {
    const above = points.findIndex((row) => row[0] >= threshold);
    if (above === 0) return points[0];
    if (above < 0) return points[points.length - 1];
    const [low, high] = [points[above - 1], points[above]];
    return mix(low, high, (threshold - low[0]) / (high[0] - low[0]));
  }

  function move(slider) {
    const card = slider.closest(".ac-voice"), data = JSON.parse(card.dataset.trials);
    const threshold = Number(slider.value);
    const [, far, frr, across, up] = rowAt(data.points, threshold);
    const percent = (share) => (100 * share).toFixed(1);
    const words = state.text("rates", { threshold: threshold.toFixed(1).replace("-", "−"), far: percent(far), frr: percent(frr) });
    const charts = card.querySelector(".ac-trials");
    charts.style.setProperty("--threshold", (threshold - data.low) / (data.high - data.low));
    charts.style.setProperty("--far", across);
    charts.style.setProperty("--frr", up);
    card.querySelector(".ac-rates").textContent = words;
    slider.setAttribute("aria-valuetext", words);
    const distance = data.ratio - threshold;
    const kind = Math.abs(distance) <= data.band ? "unsure" : distance > 0 ? "same" : "different";
    card.dataset.says = data.told || kind;
    card.querySelector(".ac-answer b").textContent = data.told ? data.words.unsure : data.words[kind];
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches && event.target.matches(".ac-voice input[type=range]")) move(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".ac-voice [data-reset]");
    if (!button) return;
    const slider = button.closest(".ac-voice").querySelector("input[type=range]");
    slider.value = button.dataset.reset;
    move(slider);
  });
})();

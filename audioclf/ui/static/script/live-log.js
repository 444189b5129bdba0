(() => {
  // What was heard live, as a table, and as files for spreadsheets and for Audacity.
  const state = window.audioclf;
  const SHOWN = 60; // rows of the table, newest first
  const MOST = 3000; // sounds that are kept
  let ready = null, began = 0, heard = [];

  const panel = () => document.querySelector(".ac-live");
  const wordsOf = () => JSON.parse(panel().dataset.words);
  const readable = (label) => label.replaceAll("_", " ");
  // As the server words probabilities: 0 % and 100 % only for exactly 0 and 1.
  const percent = state.percent = (share) =>
    share > 0 && share < 0.01 ? "<1 %" : share < 1 && share > 0.99 ? ">99 %" : `${Math.round(100 * share)} %`;
  const nameOf = (model) => (new Set(ready.models.map((m) => m.family)).size === ready.models.length ? model.family.toUpperCase() : model.model);
  // What a model answers, with the probability of that answer.
  const answerOf = state.answerOf = (answer, words) => {
    if (!answer.heard) return { label: words.nothing, share: 0, isRejected: true };
    const share = answer.known ? answer.probability : answer.probabilities[words.none];
    return { label: answer.known ? readable(answer.label) : words.none, share, isRejected: !answer.known };
  };
  const clock = (seconds) => new Date(began + 1000 * seconds).toLocaleTimeString("en-GB");

  function cell(row, words, name = "td") {
    const made = document.createElement(name);
    made.textContent = words;
    row.append(made);
    return made;
  }

  function rowsOf(sound, words) {
    return ready.models.map((model, i) => {
      const row = document.createElement("tr"), said = answerOf(sound.answers[i], words);
      row.dataset.family = model.family;
      row.toggleAttribute("data-rejected", said.isRejected);
      cell(row, clock(sound.start));
      cell(row, nameOf(model), "th").scope = "row";
      cell(row, said.label);
      cell(row, percent(said.share));
      return row;
    });
  }

  function draw() {
    const body = panel().querySelector(".ac-live-log tbody");
    panel().querySelector(".ac-live-log").toggleAttribute("data-empty", !heard.length);
    for (const button of panel().querySelectorAll(".ac-log-table, .ac-log-labels, .ac-log-clear")) button.disabled = !heard.length;
    if (!heard.length) body.replaceChildren();
  }

  function save(name, kind, lines) {
    const address = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: kind }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  const each = (act) => heard.flatMap((sound) => sound.answers.map((answer, i) => act(sound, sound.models[i], answer)));
  // Spreadsheets would compute what begins like a formula.
  const harmless = (value) => (/^[=+@-]/.test(value) ? `'${value}` : value);
  const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

  state.liveLog = {
    begin(message, moment) {
      // What other models heard does not fit the table of these; times of one stream do not fit another.
      ready = message;
      began = moment;
      heard = [];
      draw();
    },
    add(record) {
      const words = wordsOf(), body = panel().querySelector(".ac-live-log tbody");
      heard.push({ ...record, models: ready.models });
      if (heard.length > MOST) heard.shift();
      body.prepend(...rowsOf(record, words));
      while (body.rows.length > SHOWN) body.rows[body.rows.length - 1].remove();
      draw();
      panel().querySelector(".ac-live-said").textContent = ready.models
        .map((model, i) => `${nameOf(model)} ${answerOf(record.answers[i], words).label}`).join(", ");
    },
    csv: () => ["time,start,end,model,label,probability", ...each((sound, model, answer) => {
      const said = answerOf(answer, wordsOf());
      const values = [new Date(began + 1000 * sound.start).toISOString(), sound.start.toFixed(3), sound.end.toFixed(3)];
      return [...values, model.model, said.label, said.share].map(String).map(harmless).map(quoted).join(",");
    })],
    labels: () => each((sound, model, answer) => {
      const said = answerOf(answer, wordsOf());
      return `${sound.start.toFixed(6)}\t${sound.end.toFixed(6)}\t${nameOf(model)}: ${said.label}`;
    }),
  };

  document.addEventListener("click", (event) => {
    const pressed = (name) => event.target.closest?.(name);
    if (pressed(".ac-log-table")) save("heard.csv", "text/csv", state.liveLog.csv());
    if (pressed(".ac-log-labels")) save("heard-labels.txt", "text/plain", state.liveLog.labels());
    if (pressed(".ac-log-clear")) { heard = []; draw(); }
  });
})();

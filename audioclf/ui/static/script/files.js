(() => {
  // A file chosen, dropped anywhere or pasted is uploaded, and its place on the server becomes the value of a hidden
  // component of Gradio's: its button runs `() => window.audioclf.handed`.
  const state = window.audioclf;
  const filled = (words, values = {}) => words.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const boxOf = () => document.querySelector(".ac-drop");
  let newest = 0; // of several files given in a row, only the last one counts

  state.filled = filled;

  // Resolves once the server has the file; rejects with a sentence. progress: of percents.
  state.upload = (file, words, progress = () => {}) => new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("files", file, file.name || "sound");
    const request = new XMLHttpRequest();
    request.open("POST", "gradio_api/upload");
    request.upload.onprogress = (event) => progress(Math.round((100 * event.loaded) / event.total));
    request.onerror = () => reject(words.unsent);
    request.onload = () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
      if (request.status === 200 && answer && answer[0]) resolve(answer[0]);
      else reject(filled(words.refused, { reason: (answer && answer.detail) || request.statusText || request.status }));
    };
    request.send(form);
  });

  const fileData = (path, file) => path && { path, orig_name: file.name, size: file.size, mime_type: file.type, meta: { _type: "gradio.FileData" } };
  const pass = (hand, value) => {
    state.handed = value;
    document.getElementById(hand).click();
  };

  // Make an uploaded file (or null: none) the sound of a tab. hand: id of the hidden button.
  state.hand = (hand, path, file) => pass(hand, fileData(path, file));
  // The same for several files: pairs of path and file.
  state.handAll = (hand, pairs) => pass(hand, pairs.map(([path, file]) => fileData(path, file)));

  // A sentence below a box that takes files.
  const say = state.sayOfFile = (box, sentence, problem = false) => {
    const note = box.querySelector(".ac-drop-note");
    note.textContent = sentence;
    note.toggleAttribute("data-problem", problem);
  };

  // Why a box cannot take a file; empty if it can.
  const refusal = state.refusal = (box, file) => {
    const words = JSON.parse(box.dataset.words);
    if (!file.size) return filled(words.nothing, { name: file.name });
    if (file.size <= Number(box.dataset.mostBytes)) return "";
    return filled(words.large, { name: file.name, size: (file.size / 1e6).toFixed(0) });
  };

  // What the box says about the sound of its tab: called with every change of it.
  state.given = (file) => {
    const box = boxOf();
    if (!box) return;
    const words = JSON.parse(box.dataset.words);
    const isKnown = file && box.path === file.path;
    if (file && !isKnown) box.title = file.name || words.example; // an example's file may tell a hidden answer
    box.path = file && file.path;
    box.dataset.state = file ? "full" : "empty";
    box.querySelector(".ac-drop-name").textContent = file ? box.title : words.empty;
    if (!isKnown) say(box, words.limits);
  };

  async function give(files) {
    const box = boxOf();
    const words = JSON.parse(box.dataset.words);
    const [file, ...others] = files;
    const mine = ++newest;
    const fail = (sentence) => { if (mine === newest) { box.dataset.state = box.before; say(box, sentence, true); } };
    if (box.dataset.state !== "sending") box.before = box.dataset.state;
    const problem = refusal(box, file);
    if (problem) return fail(problem);
    box.dataset.state = "sending";
    say(box, words.sending);
    try {
      const path = await state.upload(file, words, (percent) => {
        if (mine === newest && percent < 100) say(box, `${words.sending} ${percent} %`);
      });
      if (mine !== newest) return;
      state.given({ path, name: file.name });
      state.hand(box.dataset.hand, path, file);
      if (others.length) say(box, filled(words.several, { name: file.name, count: others.length }));
    } catch (sentence) {
      fail(String(sentence));
    }
  }

  // The files of a drop or a paste, as soon as their box is there: its tab may never have been open.
  async function take(transfer) {
    const files = [...transfer.files];
    if (!files.length) return;
    if (state.takeSeveral(files)) return;
    if (!boxOf() || !boxOf().offsetParent) document.querySelector('[data-tab-id="upload"]').click();
    for (let tries = 0; tries < 100 && !(boxOf() && boxOf().offsetParent); tries += 1)
      await new Promise((later) => setTimeout(later, 50));
    if (boxOf()) give(files);
  }

  state.giveFiles = (files) => take({ files });

  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].some((t) => t === "Files" || t === "text/uri-list");
  const isText = (node) => node.closest && node.closest("input, textarea, [contenteditable]");

  // Whatever is dropped, the browser never leaves the page for it. Boxes that take files themselves come first.
  for (const kind of ["dragenter", "dragover", "drop"])
    document.addEventListener(kind, (event) => {
      if (event.defaultPrevented || !carries(event)) return;
      const files = [...event.dataTransfer.types].includes("Files");
      if (!files && isText(event.target)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = files ? "copy" : "none";
      document.documentElement.classList.toggle("ac-dragging", files && kind !== "drop");
      if (kind === "drop") take(event.dataTransfer);
    });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.documentElement.classList.remove("ac-dragging");
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData || !event.clipboardData.files.length || isText(event.target)) return;
    event.preventDefault();
    take(event.clipboardData);
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches || !event.target.matches(".ac-drop input[type=file]")) return;
    const files = [...event.target.files];
    event.target.value = ""; // the same file may be chosen again
    if (files.length) give(files);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".ac-remove");
    if (!button) return;
    newest += 1; // a file that is still on its way no longer counts
    const box = button.closest(".ac-drop");
    state.given(null);
    state.hand(box.dataset.hand, null);
    box.querySelector("input[type=file]").focus();
  });
})();

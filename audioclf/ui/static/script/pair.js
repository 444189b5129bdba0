(() => {
  const state = window.audioclf;

  // The pictures of two recordings show the same part of the time.
  let moving = false;
  document.addEventListener("audioclf:view", (event) => {
    const pair = event.target.closest(".ac-pair");
    if (!pair || moving) return;
    moving = true;
    const { from, to } = state.viewOf(event.target);
    for (const stack of pair.querySelectorAll(".ac-stack")) if (stack !== event.target) state.setView(stack, from, to);
    moving = false;
  });

  // A second file of the visitor's own.
  let newest = 0;
  document.addEventListener("change", async (event) => {
    if (!event.target.matches || !event.target.matches(".ac-second input[type=file]")) return;
    const box = event.target.closest(".ac-second");
    const words = JSON.parse(box.dataset.words);
    const [file] = event.target.files;
    event.target.value = ""; // the same file may be chosen again
    if (!file) return;
    const mine = ++newest;
    const say = (sentence, isProblem) => mine === newest && state.sayOfFile(box, sentence, isProblem);
    const problem = state.refusal(box, file);
    if (problem) return say(problem, true);
    say(words.sending);
    try {
      const path = await state.upload(file, words);
      if (mine !== newest) return;
      state.hand(box.dataset.hand, path, file);
      say("");
    } catch (sentence) {
      say(String(sentence), true);
    }
  });
})();

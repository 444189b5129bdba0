(() => {
  // The last seconds of a stream, drawn on one time axis: spectrogram or scalogram, each model's probability, and its answers.
  const state = window.audioclf;
  const SPAN = 12; // seconds in view
  const HELD = 4; // seconds for which the answer to a word stays
  const SURE = 0.8;

  function fitted(canvas) {
    const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    const wide = Math.round(box.width * ratio), high = Math.round(box.height * ratio);
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, wide, high);
    return { pen, wide, high, ratio };
  }

  function marks(axis, places) {
    axis.replaceChildren(...places.map(([at, words]) => {
      const mark = document.createElement("span");
      mark.style.bottom = `${100 * at}%`;
      mark.textContent = words;
      return mark;
    }));
  }

  // A card for each model.
  function makeCards(panel, ready, words) {
    const holder = panel.querySelector(".ac-cards"), sample = holder.firstElementChild;
    holder.replaceChildren(...ready.models.map((model) => {
      const card = sample.cloneNode(true);
      card.dataset.family = model.family;
      card.querySelector("h3").textContent = model.family.toUpperCase();
      card.querySelector("header span").textContent = model.model;
      return card;
    }));
    return (i, answer) => {
      const card = holder.children[i], said = state.answerOf(answer, words);
      const shown = `${said.label} ${answer.heard} ${answer.known} ${state.percent(said.share)}`;
      if (card.dataset.shown === shown) return; // nothing flickers
      card.dataset.shown = shown;
      card.toggleAttribute("data-rejected", said.isRejected);
      card.querySelector(".ac-answer").textContent = said.label;
      const label = answer.heard ? answer.label.replaceAll("_", " ") : "";
      card.querySelector(".ac-live-share").textContent = !answer.heard ? "–"
        : answer.known ? state.filled(words.share, { share: state.percent(said.share), certainty: words[answer.certainty] })
        : state.filled(words.closest, { label });
    };
  }

  // ready: the server's first message. Draws until `end` is called.
  state.liveView = (panel, ready) => {
    const words = JSON.parse(panel.dataset.words), set = makeCards(panel, ready, words);
    const sound = panel.querySelector(".ac-live-sound"), lines = panel.querySelector(".ac-live-lines");
    const sounds = [], kinds = panel.querySelectorAll(".ac-live-kind");
    const pictures = Object.fromEntries([...kinds].map(({ value }) => [value, state.liveColumns(value, ready.rate, SPAN)]));
    let windows = [], heard = { at: 0, seconds: 0 }, isOn = true, answered = -Infinity, picture = null;

    function choose() {
      const kind = [...kinds].find((one) => one.checked).value;
      picture = pictures[kind];
      sound.ariaLabel = words[kind];
      marks(sound.closest(".ac-frame").querySelector(".ac-yaxis"), state.spectrum.ticks.filter((_, i) => i % 2)
        .map((hz) => [picture.place(hz), hz < 1000 ? hz : `${hz / 1000}k`]).filter(([at]) => at > 0 && at < 1));
    }
    kinds.forEach((one) => { one.onchange = choose; });
    choose();
    ready.models.forEach((_, i) => set(i, { heard: false }));

    const now = () => heard.seconds + Math.min(0.3, (performance.now() - heard.at) / 1000);

    function drawLines() {
      const { pen, wide, high, ratio } = fitted(lines), style = getComputedStyle(panel);
      const lane = 17 * ratio, plot = high - lane * ready.models.length - 4 * ratio, end = now();
      const x = (seconds) => wide - ((end - seconds) * wide) / SPAN, y = (share) => plot * (0.97 - 0.94 * share);
      const colour = (name) => style.getPropertyValue(name).trim();
      const line = (ink, dash, from, to) => {
        pen.strokeStyle = ink;
        pen.setLineDash(dash.map((length) => length * ratio));
        pen.beginPath();
        pen.moveTo(...from);
        pen.lineTo(...to);
        pen.stroke();
      };
      line(colour("--quiet"), [3, 4], [0, y(SURE)], [wide, y(SURE)]);
      panel.querySelector(".ac-live-sure").style.top = `${y(SURE) / ratio}px`;
      pen.lineWidth = 2 * ratio;
      ready.models.forEach((model, i) => {
        const ink = colour(`--${model.family}`) || colour("--ink");
        windows.forEach((one, k) => {
          const answer = one.answers[i], before = k ? windows[k - 1].answers[i] : answer;
          if (!answer.heard || !before.heard || !k) return;
          const points = [[x(windows[k - 1].end), y(before.probability)], [x(one.end), y(answer.probability)]];
          line(answer.known ? ink : colour("--quiet"), answer.known ? [] : [2, 4], ...points);
        });
        drawLane(pen, { ink, colour, x, wide, ratio, at: plot + 4 * ratio + i * lane, high: lane - 2 * ratio }, i);
      });
    }

    // What a model said to each sound, below its time.
    function drawLane(pen, { ink, colour, x, wide, ratio, at, high }, i) {
      pen.fillStyle = ink;
      pen.globalAlpha = 0.12;
      pen.fillRect(0, at, wide, high);
      pen.globalAlpha = 1;
      pen.font = `600 ${12 * ratio}px ${getComputedStyle(panel).fontFamily}`;
      let free = -Infinity; // where the label before ends
      for (const one of sounds) {
        const said = state.answerOf(one.answers[i], words), from = x(one.start), to = x(one.end);
        pen.fillStyle = said.isRejected ? colour("--quiet") : ink;
        pen.fillRect(from, at, Math.max(2, to - from), 3 * ratio);
        pen.fillStyle = colour(said.isRejected ? "--quiet" : "--ink");
        if (from < free) continue;
        pen.fillText(said.label, from, at + 13 * ratio);
        free = from + pen.measureText(said.label).width + 4 * ratio;
      }
    }

    function draw() {
      if (!isOn) return;
      const { pen, wide, high } = fitted(sound);
      picture.draw(pen, now(), wide, high);
      drawLines();
      requestAnimationFrame(draw);
    }
    requestAnimationFrame(draw);

    return {
      hear(pcm, sent) {
        Object.values(pictures).forEach((one) => one.hear(pcm));
        heard = { at: performance.now(), seconds: sent / ready.rate };
      },
      window(record) {
        windows = [...windows, record].filter((one) => one.end > record.end - SPAN - 1);
        while (sounds.length && sounds[0].end < record.end - SPAN) sounds.shift();
        if (ready.lasts) record.answers.forEach((answer, i) => set(i, answer));
        else if (record.end - answered > HELD) ready.models.forEach((_, i) => set(i, { heard: false }));
      },
      sound(record) {
        sounds.push(record);
        if (ready.lasts) return;
        answered = record.end;
        record.answers.forEach((answer, i) => set(i, answer));
      },
      end() { isOn = false; },
    };
  };
})();

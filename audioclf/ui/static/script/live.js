(() => {
  // Live listening: the microphone's sound goes to the server over a WebSocket, answers come back while it sounds.
  const state = window.audioclf;
  const page = document.documentElement;
  const KEPT = 10; // seconds that can be turned into a clip
  const CHUNK = 0.125; // seconds of sound in a message
  const AHEAD = 0.5; // seconds of sound that may wait in the browser; what comes then is dropped
  const MUTED = 3; // seconds of zeros after which the microphone counts as muted
  const FLOOR = 60; // dB shown by the meter
  const CLOSED = 1000; // code of an ordinary end
  let run = null;

  const panelOf = () => document.querySelector(".ac-live");
  const wordsOf = () => JSON.parse(panelOf().dataset.words);
  const asked = () => JSON.parse(document.querySelector(".ac-live-ask").dataset.ask);
  const isLive = () => page.classList.contains("ac-live-mode");
  const FACES = { idle: "listen", asking: "asking", recording: "stop", done: "again" };

  function show(box, name, sentence, problem = false) {
    box.dataset.state = name;
    box.querySelector(".ac-record b").textContent = wordsOf()[FACES[name]];
    const status = box.querySelector(".ac-record-status");
    status.textContent = sentence;
    status.toggleAttribute("data-problem", problem);
    if (name !== "recording") box.style.setProperty("--level", 0);
    if (name === "idle" || name === "asking") state.microphone.clock(box, 0);
  }

  // Resolves with the server's first message: which models listen, and at which rate.
  const connect = (mine) => new Promise((resolve, reject) => {
    const address = new URL("live", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (mine.socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify(asked()));
    socket.onmessage = (event) => {
      const record = JSON.parse(event.data);
      if (record.kind === "ready") resolve(record);
      else if (record.kind === "end") { reject(record.why); end(mine, record.why, true); }
      else if (run === mine) tell(mine, record);
    };
    socket.onclose = () => { reject(mine.words.lost); end(mine, mine.words.lost, true); };
  });

  async function start(box) {
    const words = wordsOf(), recorder = JSON.parse(box.dataset.words);
    const mine = (run = { box, words, muted: recorder.muted, zeros: 0, sent: 0, marks: [], kept: [], n_kept: 0, delays: [] });
    show(box, "asking", recorder.allow);
    const problem = await state.microphone.open(mine, "live.js");
    if (problem) return end(mine, problem, true);
    if (run !== mine) return release(mine);
    show(box, "asking", words.connecting);
    try {
      mine.ready = await connect(mine);
    } catch (sentence) {
      return end(mine, String(sentence), true);
    }
    if (run !== mine) return release(mine);
    mine.view = state.liveView(panelOf(), mine.ready);
    state.liveLog.begin(mine.ready, Date.now());
    listen(mine);
    state.microphone.listDevices(box);
  }

  function listen(mine) {
    const { context, stream } = mine;
    mine.tap = new AudioWorkletNode(context, "ac-live", { processorOptions: { rate: mine.ready.rate, seconds: CHUNK } });
    context.createMediaStreamSource(stream).connect(mine.tap).connect(context.destination); // silent: it writes nothing
    mine.tap.port.onmessage = (event) => hear(mine, event.data);
    stream.getAudioTracks()[0].onended = () => end(mine, mine.words.unplugged, true);
    show(mine.box, "recording", mine.words.listening);
    panelOf().dataset.state = "on";
  }

  function hear(mine, { pcm, raw }) {
    if (run !== mine) return;
    if (!mine.box.offsetParent) return end(mine, mine.words.hidden);
    keep(mine, raw);
    tellMuted(mine, raw);
    mine.box.style.setProperty("--level", Math.max(0, 1 + state.level(raw) / FLOOR));
    if (mine.socket.readyState !== WebSocket.OPEN) return; // its end is told soon
    if (mine.socket.bufferedAmount > AHEAD * 2 * mine.ready.rate) return;
    mine.socket.send(pcm.buffer);
    mine.sent += pcm.length;
    mine.marks.push([mine.sent, performance.now()]);
    if (mine.marks.length > 200) mine.marks.shift();
    state.microphone.clock(mine.box, mine.sent / mine.ready.rate);
    mine.view.hear(pcm, mine.sent);
  }

  // A muted microphone sends zeros only: says so until other samples come.
  function tellMuted(mine, raw) {
    const wasMuted = mine.zeros >= MUTED;
    mine.zeros = raw.some((value) => value !== 0) ? 0 : mine.zeros + raw.length / mine.context.sampleRate;
    const isMuted = mine.zeros >= MUTED;
    if (isMuted !== wasMuted) show(mine.box, "recording", isMuted ? mine.muted : mine.words.listening, isMuted);
  }

  function keep(mine, raw) {
    const most = KEPT * mine.context.sampleRate;
    mine.kept.push(raw);
    mine.n_kept += raw.length;
    while (mine.n_kept - mine.kept[0].length >= most) mine.n_kept -= mine.kept.shift().length;
    panelOf().querySelector(".ac-keep").disabled = false;
  }

  // A message: what the models say to a window, or to a sound that has ended.
  function tell(mine, record) {
    const panel = panelOf();
    if (record.kind === "sound") {
      mine.view.sound(record);
      return state.liveLog.add(record);
    }
    const n = record.end * mine.ready.rate;
    const mark = mine.marks.find(([sent]) => sent >= n - 1);
    if (mark) mine.delays.push(performance.now() - mark[1] + (1000 * (mark[0] - n)) / mine.ready.rate);
    if (mine.delays.length > 1200) mine.delays.shift();
    mine.view.window(record);
    mine.box.style.setProperty("--mark", Math.min(1, Math.max(0, 1 + record.threshold / FLOOR)));
    if (!mine.delays.length) return;
    const sorted = [...mine.delays].sort((a, b) => a - b);
    const filled = (name, values) => state.filled(mine.words[name], values);
    panel.querySelector(".ac-live-delay").textContent = filled("delay", {
      now: mine.delays.at(-1).toFixed(0), median: sorted[Math.floor(sorted.length / 2)].toFixed(0),
    });
    panel.querySelector(".ac-live-gate").textContent = filled("gate", {
      threshold: signed(record.threshold), level: signed(record.level),
    });
  }

  function signed(decibels) {
    return decibels.toFixed(0).replace("-", "−");
  }

  function release(mine) {
    if (run === mine) run = null;
    mine.stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
    if (mine.context && mine.context.state !== "closed") mine.context.close();
    if (mine.socket) { mine.socket.onclose = null; mine.socket.close(CLOSED); }
    if (mine.view) mine.view.end();
  }

  function end(mine, sentence, problem = false) {
    if (run !== mine) return;
    release(mine);
    state.last = mine.n_kept ? mine : state.last;
    panelOf().dataset.state = "off";
    show(mine.box, "done", sentence, problem);
  }

  state.live = {
    isOn: isLive,
    press: (box) => (run ? end(run, run.words.stopped) : start(box)),
    delays: () => run?.delays ?? [],
    // The task, the models or the registry have changed.
    asked() {
      if (!run) return;
      const { box } = run;
      release(run);
      start(box);
    },
    // "record" or "live"
    way(name) {
      const box = document.querySelector("#microphone-audio .ac-recorder");
      if (run) end(run, run.words.stopped);
      state.microphone.discard();
      page.classList.toggle("ac-live-mode", name === "live");
      if (name === "live") show(box, "idle", wordsOf().ready);
      else state.microphone.idle(box);
    },
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && run) end(run, run.words.hidden);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".ac-keep")) return;
    const from = run || state.last;
    if (!from) return;
    const file = state.wav(from.kept, from.context.sampleRate);
    if (run) end(run, run.words.stopped);
    state.giveFiles([file]);
  });
})();

(() => {
  const state = window.audioclf;
  const SILENT = -60; // dB: the loudest block of a take from a microphone that hears nothing
  const MOST = 120; // seconds of a take that does not stop by itself
  const WAITING = 8; // seconds for the first sound
  const FLOOR = 60; // dB shown by the meter
  // Sends the sound on in blocks: no codec, no loss. It runs apart from the page, which may be busy.
  const TAP = `registerProcessor("ac-tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.block = new Float32Array(1024); this.n = 0; }
    process([[samples]]) {
      for (const value of samples || []) {
        this.block[this.n] = value; this.n += 1;
        if (this.n === 1024) { this.port.postMessage(this.block); this.n = 0; }
      }
      return true;
    }
  });`;
  // What a browser's refusal means; the sentences stand in the page's catalogue.
  const REFUSALS = {
    NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
    NotReadableError: "busy", AbortError: "busy",
  };
  const LATE = 700; // ms after a take has stopped by itself in which a press still meant Stop
  let take = null; // what is being recorded
  let stopped = -Infinity; // when a take last stopped by itself

  const wordsOf = (box) => JSON.parse(box.dataset.words);

  function show(box, name, sentence, problem = false) {
    const words = wordsOf(box);
    const faces = { idle: "record", asking: "asking", recording: "stop", sending: "sending", done: "again" };
    box.dataset.state = name;
    box.querySelector(".ac-record b").textContent = words[faces[name]];
    const status = box.querySelector(".ac-record-status");
    status.textContent = sentence;
    status.toggleAttribute("data-problem", problem);
    if (name !== "recording") box.style.setProperty("--level", 0);
  }

  function clock(box, seconds) {
    box.querySelector(".ac-elapsed").textContent = `${seconds.toFixed(1)} s`;
  }

  // Browsers process speech by default: gain control doubles quiet voices, noise removal swallows consonants.
  function constraints(box) {
    const on = box.querySelector(".ac-processing").checked;
    const device = box.querySelector(".ac-device").value;
    const audio = { echoCancellation: on, noiseSuppression: on, autoGainControl: on, channelCount: 1 };
    return { audio: device ? { ...audio, deviceId: { exact: device } } : audio };
  }

  // The names of the microphones are known once one may be used.
  async function listDevices(box) {
    const all = await navigator.mediaDevices.enumerateDevices();
    const select = box.querySelector(".ac-device");
    const chosen = select.value;
    const found = all.filter((each) => each.kind === "audioinput" && each.deviceId && each.deviceId !== "default");
    select.replaceChildren(select.options[0], ...found.map((each) => new Option(each.label, each.deviceId)));
    select.value = found.some((each) => each.deviceId === chosen) ? chosen : "";
    select.disabled = found.length < 2;
  }

  // Gives `mine` a stream and a context in which the module at this address runs; returns why not, or "".
  async function open(mine, address) {
    const words = wordsOf(mine.box);
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
      mine.stream = await navigator.mediaDevices.getUserMedia(constraints(mine.box));
      const { sampleRate } = mine.stream.getAudioTracks()[0].getSettings();
      mine.context = new AudioContext(sampleRate ? { sampleRate } : {}); // so that nothing is resampled
      await mine.context.audioWorklet.addModule(address);
      await mine.context.resume();
      return "";
    } catch (error) {
      return words[REFUSALS[error.name]] || state.filled(words.failed, { reason: error.message || error.name });
    }
  }

  async function start(box) {
    const words = wordsOf(box);
    const mine = (take = { box, blocks: [], words });
    show(box, "asking", words.allow);
    const address = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
    const problem = await open(mine, address);
    URL.revokeObjectURL(address);
    if (problem) {
      release(mine);
      return show(box, "idle", problem, true);
    }
    if (take !== mine) return release(mine); // cancelled meanwhile
    record(mine);
    listDevices(box);
  }

  function record(mine) {
    const { box, words, context, stream } = mine;
    const rule = box.closest(":has(.ac-prompt)").querySelector(".ac-prompt").dataset;
    const stops = box.querySelector(".ac-stops").checked;
    mine.listener = state.listener({
      pause: stops ? Number(rule.pause) : 0, most: stops ? Number(rule.most) : MOST, waiting: WAITING,
    });
    mine.tap = new AudioWorkletNode(context, "ac-tap");
    context.createMediaStreamSource(stream).connect(mine.tap).connect(context.destination); // silent: it writes nothing
    mine.tap.port.onmessage = (event) => hear(mine, event.data);
    stream.getAudioTracks()[0].onended = () => finish(mine, "unplugged");
    show(box, "recording", stops ? words.recording : words.until);
  }

  function hear(mine, block) {
    if (take !== mine) return;
    if (!mine.box.offsetParent) return cancel(mine); // another tab was opened: nobody sees that it records
    mine.blocks.push(block);
    const level = state.level(block);
    const end = mine.listener.hear(level, block.length / mine.context.sampleRate);
    mine.box.style.setProperty("--level", Math.max(0, 1 + level / FLOOR));
    clock(mine.box, mine.listener.seconds);
    if (end) finish(mine, end);
  }

  function release(mine) {
    if (take === mine) take = null;
    if (mine.stream) mine.stream.getTracks().forEach((track) => { track.onended = null; track.stop(); });
    if (mine.context) mine.context.close();
  }

  function cancel(mine) {
    release(mine);
    show(mine.box, "done", mine.words.cancelled);
  }

  async function finish(mine, why) {
    const { box, blocks, words, listener } = mine;
    const rate = mine.context.sampleRate;
    release(mine);
    if (why !== "stopped") stopped = performance.now();
    if (!blocks.some((block) => block.some((value) => value !== 0))) return show(box, "done", words.muted, true);
    if (listener.loudest < SILENT) return show(box, "done", words.silent, true);
    show(box, "sending", words[why] || words.stopped);
    const file = state.wav(blocks, rate);
    try {
      const path = await state.upload(file, words);
      state.hand(box.dataset.hand, path, file);
      show(box, "done", words[why] || words.stopped);
    } catch (sentence) {
      show(box, "done", String(sentence), true);
    }
  }

  // For live listening, which uses the same button, meter and settings.
  state.microphone = {
    open, listDevices, clock,
    discard: () => take && cancel(take),
    idle(box) { show(box, "idle", wordsOf(box).ready); clock(box, 0); },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".ac-record");
    if (!button) return;
    const box = button.closest(".ac-recorder");
    // Another tab may have a recorder, too; only this one listens live.
    if (state.live.isOn() && box.closest("#microphone-audio")) return state.live.press(box);
    if (performance.now() - stopped < LATE) return;
    if (!take && box.dataset.state !== "sending") start(box);
    else if (take && take.listener) finish(take, "stopped");
    else if (take) cancel(take); // the question for permission may still be open
  });

  // Without https or localhost a browser hides the microphone; say so instead of showing a dead button.
  if (!window.isSecureContext) document.documentElement.classList.add("ac-insecure");
})();

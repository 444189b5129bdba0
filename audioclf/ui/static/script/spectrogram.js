(() => {
  const state = window.audioclf;
  const N_ROWS = 200;
  const MAX_COLUMNS = 1600;
  const MAX_REFERENCE_FRAMES = 20000; // to find the loudest cell of a long sound
  const TICKS_HZ = [50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000];
  const WINDOWS = {
    rectangular: () => 1,
    hann: (x) => 0.5 - 0.5 * Math.cos(2 * Math.PI * x),
    hamming: (x) => 0.54 - 0.46 * Math.cos(2 * Math.PI * x),
    blackman: (x) => 0.42 - 0.5 * Math.cos(2 * Math.PI * x) + 0.08 * Math.cos(4 * Math.PI * x),
  };
  const SCALES = {
    linear: [(hz) => hz, (y) => y],
    mel: [(hz) => Math.log1p(hz / 700), (y) => 700 * Math.expm1(y)],
    log: [(hz) => Math.log(Math.max(hz, 40)), (y) => Math.exp(y)],
  };

  const sounds = new Map(); // address and rate -> promise of the samples

  // Mono samples at this rate, without their mean.
  function samplesOf(address, rate) {
    const key = rate + " " + address;
    if (!sounds.has(key)) {
      if (sounds.size > 2) sounds.delete(sounds.keys().next().value);
      sounds.set(key, fetch(address)
        .then((answer) => answer.arrayBuffer())
        .then((bytes) => new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes))
        .then((buffer) => {
          const samples = Float64Array.from(buffer.getChannelData(0));
          let sum = 0;
          for (const value of samples) sum += value;
          for (let i = 0; i < samples.length; i += 1) samples[i] -= sum / samples.length;
          return samples;
        }));
    }
    return sounds.get(key);
  }

  // In-place radix-2 FFT of complex values (Cooley and Tukey 1965).
  function makeFft(n) {
    const cos = new Float64Array(n / 2), sin = new Float64Array(n / 2);
    for (let i = 0; i < n / 2; i += 1) {
      cos[i] = Math.cos((2 * Math.PI * i) / n);
      sin[i] = -Math.sin((2 * Math.PI * i) / n);
    }
    return (re, im) => {
      for (let i = 1, j = 0; i < n; i += 1) {
        let bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
      }
      for (let size = 2; size <= n; size <<= 1) {
        const half = size >> 1, stride = n / size;
        for (let first = 0; first < n; first += size)
          for (let k = 0; k < half; k += 1) {
            const a = first + k, b = a + half, c = cos[k * stride], s = sin[k * stride];
            const x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
            re[b] = re[a] - x; im[b] = im[a] - y;
            re[a] += x; im[a] += y;
          }
      }
    };
  }

  // power(frame) -> power of the bins 0 … n_fft/2 of a frame; frame i starts at round(i · hop).
  function makeFrames(samples, settings) {
    const n = settings.n_fft, hop = n * (1 - settings.overlap);
    const fft = makeFft(n), shape = WINDOWS[settings.window];
    const weights = Float64Array.from({ length: n }, (_, i) => shape(i / n));
    const re = new Float64Array(n), im = new Float64Array(n), power = new Float64Array(n / 2 + 1);
    return {
      hop, n, count: 1 + Math.max(0, Math.ceil((samples.length - n) / hop - 1e-6)),
      power(frame) {
        const start = Math.round(frame * hop);
        let mean = 0;
        for (let i = 0; i < n; i += 1) mean += start + i < samples.length ? samples[start + i] : 0;
        mean /= n;
        for (let i = 0; i < n; i += 1) {
          re[i] = ((start + i < samples.length ? samples[start + i] : 0) - mean) * weights[i];
          im[i] = 0;
        }
        fft(re, im);
        for (let i = 0; i <= n / 2; i += 1) power[i] = re[i] * re[i] + im[i] * im[i];
        return power;
      },
    };
  }

  // Per picture row from the bottom: centre in Hz, first and last FFT bin. A row between two bins shows the nearest.
  function rowsOf(settings, rate) {
    const [forward, back] = SCALES[settings.frequency];
    const low = forward(0), high = forward(rate / 2), bin = rate / settings.n_fft;
    return Array.from({ length: N_ROWS }, (_, i) => {
      const edge = (at) => back(low + (at / N_ROWS) * (high - low));
      const centre = edge(i + 0.5);
      const first = Math.ceil(edge(i) / bin), last = Math.min(settings.n_fft / 2, Math.ceil(edge(i + 1) / bin) - 1);
      const nearest = Math.min(settings.n_fft / 2, Math.round(centre / bin));
      return last >= first ? { centre, first, last } : { centre, first: nearest, last: nearest };
    });
  }

  state.spectrum = { makeFft, rowsOf, forward: SCALES.mel[0], ticks: TICKS_HZ };

  const references = new WeakMap(); // samples -> settings -> power of the loudest cell

  function loudest(samples, frames, settings) {
    const key = [settings.n_fft, settings.overlap, settings.window].join();
    if (!references.has(samples)) references.set(samples, new Map());
    const known = references.get(samples);
    if (!known.has(key)) {
      let peak = 1e-30;
      const step = Math.max(1, frames.count / MAX_REFERENCE_FRAMES);
      for (let frame = 0; frame < frames.count; frame += step)
        for (const value of frames.power(Math.floor(frame))) if (value > peak) peak = value;
      known.set(key, peak);
    }
    return known.get(key);
  }

  // Columns from `start` to `end` seconds: the frame nearest to each, or the peaks of all frames within it.
  function draw(samples, rate, settings, start, end, n_columns, ramp) {
    const frames = makeFrames(samples, settings), rows = rowsOf(settings, rate);
    const reference = loudest(samples, frames, settings);
    const frameAt = (seconds) => (seconds * rate - frames.n / 2) / frames.hop;
    const canvas = document.createElement("canvas");
    canvas.width = n_columns;
    canvas.height = N_ROWS;
    const pen = canvas.getContext("2d"), image = pen.createImageData(n_columns, N_ROWS);
    const step = (end - start) / n_columns, line = new Float64Array(N_ROWS);
    const kept = (frame) => Math.min(frames.count - 1, Math.max(0, frame));
    let drawn = "";
    for (let x = 0; x < n_columns; x += 1) {
      const first = Math.ceil(frameAt(start + x * step)), last = Math.ceil(frameAt(start + (x + 1) * step)) - 1;
      const nearest = Math.round(frameAt(start + (x + 0.5) * step));
      const [from, to] = last >= first ? [kept(first), kept(last)] : [kept(nearest), kept(nearest)];
      if (drawn !== from + " " + to) {
        line.fill(0);
        for (let frame = from; frame <= to; frame += 1) {
          const power = frames.power(frame);
          rows.forEach((row, i) => {
            for (let k = row.first; k <= row.last; k += 1) if (power[k] > line[i]) line[i] = power[k];
          });
        }
        drawn = from + " " + to;
      }
      for (let i = 0; i < N_ROWS; i += 1) {
        const db = 10 * Math.log10(Math.max(line[i] / reference, 1e-30));
        const level = Math.round(255 * Math.min(1, Math.max(0, 1 + db / settings.range)));
        image.data.set(ramp[level], 4 * ((N_ROWS - 1 - i) * n_columns + x));
      }
    }
    pen.putImageData(image, 0, 0);
    return { address: canvas.toDataURL(), rows: rows.map((row) => Number(row.centre.toPrecision(5))) };
  }

  function colours(hex) {
    return Array.from({ length: hex.length / 6 }, (_, i) =>
      [...[0, 2, 4].map((at) => parseInt(hex.slice(6 * i + at, 6 * i + at + 2), 16)), 255]);
  }

  function settingsOf(stack) {
    const value = (name) => stack.querySelector(`.ac-settings select[name=${name}]`).value;
    return {
      n_fft: Number(value("n_fft")), overlap: Number(value("overlap")), range: Number(value("range")),
      window: value("window"), frequency: value("frequency"),
    };
  }

  const changed = (stack) =>
    [...stack.querySelectorAll(".ac-settings option")].some((one) => one.selected !== one.defaultSelected);

  // The picture as the server drew it, to go back to.
  function remember(plot, figure) {
    if (plot.first) return;
    const image = plot.querySelector("img");
    plot.first = {
      src: image.src, rows: plot.dataset.rows, spans: plot.dataset.spans,
      axis: figure.querySelector(".ac-yaxis").innerHTML, low: figure.querySelector(".ac-scale span").textContent,
    };
  }

  function place(plot, figure, made, from, to) {
    const image = plot.querySelector("img");
    image.src = made.src;
    Object.assign(image.dataset, { from, to });
    Object.assign(image.style, { left: 100 * from + "%", right: "auto", width: 100 * (to - from) + "%" });
    Object.assign(plot.dataset, { rows: made.rows, spans: made.spans });
    figure.querySelector(".ac-yaxis").innerHTML = made.axis;
    figure.querySelector(".ac-scale span").textContent = made.low;
  }

  function axisOf(first, settings, rate) {
    const [forward] = SCALES[settings.frequency], low = forward(0), high = forward(rate / 2);
    const holder = document.createElement("div");
    holder.innerHTML = first;
    holder.querySelectorAll("span").forEach((mark) => mark.remove());
    let last = -1;
    const ticks = settings.frequency === "linear" ? linearTicks(rate / 2) : TICKS_HZ;
    for (const hz of ticks) {
      const at = (forward(hz) - low) / (high - low);
      if (at > 1 || at < 0 || (last >= 0 && at - last < 0.1)) continue;
      const mark = document.createElement("span");
      mark.style.bottom = 100 * at + "%";
      mark.textContent = hz < 1000 ? hz : hz / 1000 + "k";
      holder.append(mark);
      last = at;
    }
    return holder.innerHTML;
  }

  function linearTicks(top) {
    const step = [500, 1000, 2000, 5000].find((one) => top / one <= 6) || 5000;
    return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
  }

  let turn = 0;

  async function redraw(stack) {
    const figure = stack.querySelector('.ac-figure[data-view="spectrogram"]');
    const audio = stack.querySelector("audio.ac-sound");
    const plot = figure && figure.querySelector(".ac-plot[data-top-hz]");
    if (!plot || !audio) return;
    remember(plot, figure);
    const { from, to } = state.viewOf(stack);
    if (!changed(stack) && to - from > 0.999) return place(plot, figure, plot.first, 0, 1);
    turn += 1;
    const mine = turn, settings = settingsOf(stack), rate = 2 * Number(plot.dataset.topHz);
    const samples = await samplesOf(audio.src, rate);
    if (mine !== turn || !plot.isConnected) return;
    const seconds = state.secondsOf(stack);
    const n_columns = Math.min(MAX_COLUMNS, Math.max(100, Math.round(plot.clientWidth * window.devicePixelRatio)));
    const made = draw(samples, rate, settings, from * seconds, to * seconds, n_columns, colours(plot.dataset.ramp));
    place(plot, figure, {
      src: made.address, rows: JSON.stringify(made.rows), spans: JSON.stringify([[-settings.range, 0, "dB"]]),
      axis: axisOf(plot.first.axis, settings, rate), low: "−" + settings.range,
    }, from, to);
  }

  let waiting = 0;
  document.addEventListener("audioclf:view", (event) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => redraw(event.target).catch(() => {}), 120);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches && event.target.matches(".ac-settings select"))
      redraw(state.stackOf(event.target)).catch(() => {});
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".ac-settings [data-reset]");
    if (!button) return;
    const stack = state.stackOf(button);
    stack.querySelectorAll(".ac-settings option").forEach((one) => { one.selected = one.defaultSelected; });
    redraw(stack).catch(() => {});
  });
})();

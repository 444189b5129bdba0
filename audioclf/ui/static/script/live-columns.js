(() => {
  // Spectrogram and scalogram of a stream: columns made as the sound comes, in a ring as wide as the view.
  const state = window.audioclf;
  const COLUMNS = 50; // a second
  const WINDOW = 0.032; // seconds, of the spectrogram
  const SCALES = 72;
  const LOWEST = 60; // Hz, of the scalogram
  const BANDWIDTH = 1.5; // of the complex Morlet with centre 1, as in features/scalogram.py
  const REACH = 3; // standard deviations of the Morlet that are summed
  const [LOW, HIGH] = [-95, -25]; // dB of darkest and brightest colour
  // Magma, at even distances (van der Walt and Smith, 2015).
  const STOPS = [[0, 0, 4], [59, 15, 112], [140, 41, 129], [222, 73, 104], [254, 159, 109], [252, 253, 191]];
  const PALETTE = Array.from({ length: 256 }, (_, level) => {
    const at = (level / 255) * (STOPS.length - 1), low = Math.min(STOPS.length - 2, Math.floor(at));
    return STOPS[low].map((value, i) => value + (at - low) * (STOPS[low + 1][i] - value));
  });

  // What computes a column: the samples that it needs around its time, its rows, and where a frequency stands, 0 to 1.
  // A sine of amplitude 1 has power 1 in both. powers(sample, set): sample(i) counts from the column's time.
  function spectrogram(rate) {
    const n = 2 ** Math.ceil(Math.log2(rate * WINDOW)), re = new Float64Array(n), im = new Float64Array(n);
    const fft = state.spectrum.makeFft(n), rows = state.spectrum.rowsOf({ frequency: "mel", n_fft: n }, rate);
    const { forward } = state.spectrum, top = forward(rate / 2);
    return {
      before: n / 2, after: n / 2, n_rows: rows.length, place: (hz) => forward(hz) / top,
      powers(sample, set) {
        for (let i = 0; i < n; i += 1) re[i] = sample(i - n / 2) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
        im.fill(0);
        fft(re, im);
        rows.forEach((row, at) => {
          let power = 0;
          for (let k = row.first; k <= row.last; k += 1) power = Math.max(power, re[k] ** 2 + im[k] ** 2);
          set(at, power / (n / 4) ** 2);
        });
      },
    };
  }

  function morlet(hz, rate) {
    const deviation = (Math.sqrt(BANDWIDTH / 2) / hz) * rate, half = Math.ceil(REACH * deviation);
    const hull = Float64Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-0.5 * ((i - half) / deviation) ** 2));
    const sum = hull.reduce((total, value) => total + value, 0) / 2, turn = (2 * Math.PI * hz) / rate;
    return {
      half,
      re: hull.map((value, i) => (value * Math.cos(turn * (i - half))) / sum),
      im: hull.map((value, i) => (value * Math.sin(turn * (i - half))) / sum),
    };
  }

  function scalogram(rate) {
    const octaves = Math.log2((0.95 * rate) / 2 / LOWEST);
    const waves = Array.from({ length: SCALES }, (_, row) => morlet(LOWEST * 2 ** ((octaves * row) / (SCALES - 1)), rate));
    return {
      before: waves[0].half, after: waves[0].half, n_rows: SCALES, place: (hz) => Math.log2(hz / LOWEST) / octaves,
      powers(sample, set) {
        waves.forEach(({ half, re, im }, row) => {
          let a = 0, b = 0;
          for (let i = 0; i < re.length; i += 1) {
            const value = sample(i - half);
            a += value * re[i];
            b += value * im[i];
          }
          set(row, a * a + b * b);
        });
      },
    };
  }

  const KINDS = { spectrogram, scalogram };

  // span: seconds that are kept.
  state.liveColumns = (kind, rate, span) => {
    const made = KINDS[kind](rate), { before, after, n_rows } = made, hop = rate / COLUMNS, width = span * COLUMNS;
    const n_past = before + after + Math.ceil(hop) + 1, past = new Float64Array(n_past);
    const canvas = Object.assign(document.createElement("canvas"), { width, height: n_rows });
    const pen = canvas.getContext("2d"), column = pen.createImageData(1, n_rows);
    let count = 0, n_heard = 0, middle = 0;
    const sample = (i) => (middle + i < 0 ? 0 : past[(middle + i) % n_past]);

    function set(row, power) {
      const share = (10 * Math.log10(power + 1e-12) - LOW) / (HIGH - LOW);
      column.data.set([...PALETTE[Math.round(255 * Math.min(1, Math.max(0, share)))], 255], 4 * (n_rows - 1 - row));
    }

    return {
      place: made.place,
      hear(pcm) {
        for (const value of pcm) {
          past[n_heard % n_past] = value / 32768;
          n_heard += 1;
          middle = Math.round((count + 0.5) * hop);
          if (n_heard <= middle + after) continue;
          made.powers(sample, set);
          pen.putImageData(column, count % width, 0);
          count += 1;
        }
      },
      // Draw the columns up to now at their times; now: seconds.
      draw(target, now, wide, high) {
        const first = Math.max(0, count - width), scale = wide / span;
        target.imageSmoothingEnabled = false;
        for (let from = first; from < count; ) {
          const at = from % width, n_here = Math.min(width - at, count - from);
          const x = wide - (now - from / COLUMNS) * scale;
          target.drawImage(canvas, at, 0, n_here, n_rows, x, 0, (n_here / COLUMNS) * scale, high);
          from += n_here;
        }
      },
    };
  };
})();

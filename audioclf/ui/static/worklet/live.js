// Runs beside the page: brings the microphone's sound to the models' rate and sends it on as 16-bit samples.
// Low-pass and change of rate are one filter, a sinc under a Kaiser window: 70 dB down from half the new rate on,
// flat to 0.85 of it.
class AudioclfResampler {
  constructor(from, to) {
    const common = (a, b) => (b ? common(b, a % b) : a);
    const shared = common(from, to);
    this.up = to / shared;
    this.down = from / shared;
    this.cutoff = 0.46 * Math.min(1, to / from); // in cycles per sample that comes in
    this.half = Math.ceil(16 / this.cutoff);
    this.taps = new Map(); // by the place of an outgoing sample between two that came in
    this.past = new Float32Array(2 * this.half);
    this.first = -this.past.length; // number of the first sample in `past`
    this.n_out = 0;
  }

  weights(phase) {
    if (this.taps.has(phase)) return this.taps.get(phase);
    const { half, cutoff } = this, at = phase / this.up;
    const bessel = (x) => { let sum = 1, term = 1; for (let k = 1; k < 30; k += 1) { term *= (x / 2 / k) ** 2; sum += term; } return sum; };
    const found = new Float32Array(2 * half);
    let total = 0;
    for (let i = 0; i < found.length; i += 1) {
      const t = i - half + 1 - at, edge = Math.min(1, Math.abs(t / half));
      const sinc = t === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * t) / (Math.PI * t);
      found[i] = sinc * bessel(7 * Math.sqrt(1 - edge * edge));
      total += found[i];
    }
    for (let i = 0; i < found.length; i += 1) found[i] /= total;
    this.taps.set(phase, found);
    return found;
  }

  // The samples that can be made so far.
  push(block) {
    const held = new Float32Array(this.past.length + block.length);
    held.set(this.past);
    held.set(block, this.past.length);
    const made = [];
    for (;;) {
      const place = this.n_out * this.down, base = Math.floor(place / this.up);
      const start = base - this.half + 1 - this.first;
      if (start + 2 * this.half > held.length) break;
      const weights = this.weights(place % this.up);
      let sum = 0;
      for (let i = 0; i < weights.length; i += 1) sum += weights[i] * held[start + i];
      made.push(sum);
      this.n_out += 1;
    }
    const kept = Math.max(0, Math.floor((this.n_out * this.down) / this.up) - this.half + 1 - this.first);
    this.past = held.slice(kept);
    this.first += kept;
    return made;
  }
}

if (globalThis.AudioWorkletProcessor)
  registerProcessor("ac-live", class extends AudioWorkletProcessor {
    constructor({ processorOptions: { rate, seconds } }) {
      super();
      this.resampler = new AudioclfResampler(sampleRate, rate);
      this.n = Math.round(rate * seconds);
      this.made = [];
      this.raw = [];
    }

    process([[samples]]) {
      if (!samples) return true;
      this.raw.push(samples.slice());
      for (const value of this.resampler.push(samples)) this.made.push(value);
      if (this.made.length >= this.n) {
        const pcm = Int16Array.from(this.made, (value) => Math.round(32767 * Math.max(-1, Math.min(1, value))));
        const raw = new Float32Array(this.raw.reduce((sum, block) => sum + block.length, 0));
        let at = 0;
        for (const block of this.raw) { raw.set(block, at); at += block.length; }
        this.port.postMessage({ pcm, raw });
        this.made = [];
        this.raw = [];
      }
      return true;
    }
  });
else globalThis.AudioclfResampler = AudioclfResampler; // in a page, for tests

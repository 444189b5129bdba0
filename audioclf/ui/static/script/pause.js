(() => {
  // Hears when a take is over. Levels are dB below full scale, times seconds.
  const MARGIN = 12; // dB above the background that count as sound
  const QUIETEST = -52; // never count anything below this as sound
  const RISE = 6; // dB per second by which the background may grow: a loud room, or a held note
  const LEAST = 0.1; // of sound before a pause counts

  // pause: of quiet after the sound that ends a take, 0 for none. most: length of a take. waiting: for the first sound.
  window.audioclf.listener = ({ pause, most, waiting }) => {
    let floor = -60, heard = 0, quiet = 0, all = 0, loudest = -Infinity, smooth = -Infinity;
    return {
      get loudest() { return loudest; },
      get seconds() { return all; },
      // One block of sound; returns why the take ends here, or "".
      hear(level, seconds) {
        all += seconds;
        loudest = Math.max(loudest, level);
        smooth = Number.isFinite(smooth) ? 0.5 * (smooth + Math.max(level, -100)) : Math.max(level, -100);
        floor = Math.min(smooth, floor + RISE * seconds);
        if (smooth > Math.max(floor + MARGIN, QUIETEST)) { heard += seconds; quiet = 0; }
        else quiet += seconds;
        if (all >= most) return "limit";
        if (pause && heard >= LEAST && quiet >= pause) return "pause";
        return pause && heard < LEAST && all >= waiting ? "nothing" : "";
      },
    };
  };

  // RMS of samples, in dB below full scale; -Infinity if all are 0.
  window.audioclf.level = (samples) => {
    let sum = 0;
    for (const value of samples) sum += value * value;
    return 10 * Math.log10(sum / samples.length);
  };

  // A 16-bit mono WAV of blocks of samples.
  window.audioclf.wav = (blocks, rate) => {
    const count = blocks.reduce((sum, block) => sum + block.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * count));
    const text = (at, letters) => [...letters].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
    text(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
    view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    text(36, "data"); view.setUint32(40, 2 * count, true);
    let at = 44;
    for (const block of blocks)
      for (const value of block) { view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, value))), true); at += 2; }
    return new File([view], "recording.wav", { type: "audio/wav" });
  };
})();

// A digit of a string plays from its start to its end.
(() => {
  let stop = null;

  document.addEventListener("click", (event) => {
    const digit = event.target.closest && event.target.closest(".ac-digit");
    if (!digit) return;
    const stack = digit.closest(".ac-strings").querySelector(".ac-stack");
    const audio = stack.querySelector("audio");
    if (!audio) return;
    if (stop) stop();
    const end = Number(digit.dataset.end);
    const watch = () => {
      if (audio.currentTime < end) return;
      stop();
      audio.pause();
    };
    stop = () => {
      audio.removeEventListener("timeupdate", watch);
      stop = null;
    };
    audio.addEventListener("timeupdate", watch);
    window.audioclf.playFrom(stack, Number(digit.dataset.start));
  });
})();

(() => {
  // Gradio's server forgets a session whose stream of answers breaks. Its page then asks in vain and says nothing.
  const QUEUE = /\/queue\/(join|data)\b/;
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    if (answer.status === 404 && QUEUE.test(answer.url)) tell();
    return answer;
  };

  const tell = () => {
    if (document.getElementById("lost")) return;
    const notice = Object.assign(document.createElement("div"), { id: "lost" });
    const reload = Object.assign(document.createElement("button"), { type: "button" });
    notice.setAttribute("role", "alert");
    reload.textContent = window.audioclf.text("reload");
    reload.addEventListener("click", () => window.location.reload());
    (document.querySelector(".gradio-container") ?? document.body).append(notice);
    notice.append(window.audioclf.text("lost"), " ", reload);
  };
})();

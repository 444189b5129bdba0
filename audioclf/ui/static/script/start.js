// Values and functions that the page's scripts share. The scripts run once, before any tab is drawn; their
// listeners are on the document, so that redrawn results need no binding.
// texts: section [script] of the catalogue, texts.toml, which the page's head puts before this script.
window.audioclf = {
  texts,
  text: (name, values = {}) => texts[name].replace(/{(\w+)}/g, (_, key) => values[key]),
};

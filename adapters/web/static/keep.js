// What stays in place while the server redraws: focus, scroll, the address.

import { composerOf, messageOf, paneOf, root } from "./wire.js";

let last = null;

export const lastFocus = () => last;

// Focus that fell out of the page with the element that held it goes to the one drawn in its place.
export function findFocus() {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (lost && last && !last.element.isConnected && !document.querySelector("dialog[open]")) refocus(last);
}

export function remember(event) {
  const element = event.target;
  if (element.closest("dialog")) return;
  const data = element.dataset ?? {};
  const name = ["press", "do", "choose", "themeChoice"].find((one) => data[one]);
  const attribute = name && `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const to = data.to ? `[data-to="${CSS.escape(data.to)}"]` : data.by ? `[data-by="${data.by}"]` : "";
  const own = name ? `[${attribute}="${CSS.escape(data[name])}"]${to}` : "";
  last = { element, own, pane: paneOf(element), message: messageOf(element) };
}

export function refocus(target) {
  if (!target) return composerOf("main")?.focus();
  if (target.element.isConnected) return target.element.focus();
  const pane = target.message ? `.log[data-pane="${target.pane}"] [data-message="${target.message}"]` : "";
  const again = target.own && document.querySelector(`${pane} ${target.own}`);
  (again || (pane && document.querySelector(pane)) || composerOf(target.pane) || composerOf("main"))?.focus();
}

export const pinned = new Map(); // pane -> whether it stands at its end; true until somebody scrolls up
const places = new Map(); // pane -> the place that it showed
let kept = null;

export const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 48;
export const keepPlace = (pane) => {
  const log = document.querySelector(`.log[data-pane="${pane}"]`);
  kept = { log, below: log.scrollHeight - log.scrollTop, height: log.scrollHeight };
};
export const toEnd = (pane) => pinned.set(pane, true);

export function scrolling() {
  if (kept && kept.log.scrollHeight !== kept.height) {
    kept.log.scrollTop = kept.log.scrollHeight - kept.below;
    kept = null;
    return;
  }
  for (const log of document.querySelectorAll(".log")) {
    const { pane, place } = log.dataset;
    if (places.get(pane) !== place) {
      places.set(pane, place);
      pinned.set(pane, true);
    }
    if (pinned.get(pane) !== false) log.scrollTop = log.scrollHeight;
    log.parentElement.classList.toggle("more-below", !atEnd(log));
  }
}

let address = "";
export function moved() {
  const now = root()?.dataset.address;
  if (!now || now === address) return;
  if (address || now !== location.pathname + location.search) history.replaceState(null, "", now);
  address = now;
}

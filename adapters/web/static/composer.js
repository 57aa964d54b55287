// The command box: it grows, keeps a draft for each place, and throws nothing away that was not sent.

import { suggest } from "./completion.js";
import { toEnd } from "./keep.js";
import { act, composerOf, messageOf, paneOf } from "./wire.js";

const MOST = 20000; // characters of one message; nothing longer is sent, and nothing is cut

export const drafts = {
  key: (area) => `draft|${area.dataset.draft}`,
  keep: (area) => sessionStorage.setItem(drafts.key(area), area.value),
  bring: (area) => sessionStorage.getItem(drafts.key(area)) ?? "",
};

export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

export function say(area) {
  const text = area.value;
  if (!text.trim()) return;
  if (tooLong(area)) return;
  if (!act("say", { pane: paneOf(area), text })) return notice(area, "The connection is lost: nothing was sent yet.");
  area.value = "";
  drafts.keep(area);
  grow(area);
  suggest(area);
  area.focus();
  toEnd(paneOf(area));
}

export function tooLong(area) {
  const over = area.value.length - MOST;
  notice(area, over > 0 ? `This is ${over.toLocaleString("en")} characters too long to send.` : "");
  return over > 0;
}

function notice(area, text) {
  const line = area.closest(".composer").querySelector(".notice");
  line.hidden = !text;
  line.textContent = text;
}

export function save(area) {
  if (!act("save", { pane: paneOf(area), message: messageOf(area), text: area.value })) return;
  composerOf(paneOf(area)).focus();
}

export function editLast(area) {
  const log = document.querySelector(`.log[data-pane="${paneOf(area)}"]`);
  const button = [...log.querySelectorAll('[data-do="edit"]')].pop();
  if (button) act("edit", { pane: paneOf(area), message: messageOf(button) });
  return Boolean(button);
}

export function areas() {
  for (const area of document.querySelectorAll("textarea.compose:not([data-ready])")) {
    area.dataset.ready = "yes";
    area.value = drafts.bring(area);
    grow(area);
    if (paneOf(area) === "thread" && matchMedia("(min-width: 761px)").matches) area.focus();
  }
  for (const area of document.querySelectorAll("textarea.edit:not([data-ready])")) {
    area.dataset.ready = "yes";
    grow(area);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }
}

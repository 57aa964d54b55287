// Forms as dialogs: opened and closed as the server says, their values gathered, what was typed kept until it is sent.

import { grow } from "./composer.js";
import { lastFocus, refocus } from "./keep.js";
import { act, waiting } from "./wire.js";

const formOf = () => document.querySelector("dialog form");
const formKey = (form) => `form|${new URLSearchParams(location.search).get("as")}|${form.dataset.form}`;

function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    values[field.name] ??= [];
    if (!["checkbox", "radio"].includes(field.type) || field.checked) values[field.name].push(field.value);
  }
  return values;
}

export function submit(event) {
  event.preventDefault();
  const form = event.target.closest("dialog form");
  if (!form || waiting()) return;
  if (!act("submit", { values: valuesOf(form) })) return;
  form.querySelector('[type="submit"]').setAttribute("aria-busy", "true");
  form.dataset.sent = "yes";
}

// At once, before the server hears of it: the next key belongs to what lies behind.
export function closeForm() {
  formOf()?.removeAttribute("data-sent");
  hide(document.querySelector("dialog.dialog"));
  act("cancel");
}

function hide(dialog) {
  if (!dialog.open) return;
  dialog.close();
  document.activeElement?.blur(); // the browser gives focus back without a caret when the form is already gone
  refocus(opener);
}

// What was typed into a form that was closed comes back when the same form is opened again in this tab.
export function keepForm() {
  const form = formOf();
  if (form) sessionStorage.setItem(formKey(form), JSON.stringify(valuesOf(form)));
}

function bringForm(form) {
  const kept = sessionStorage.getItem(formKey(form));
  if (!kept || form.dataset.fixed === "1") return;
  const values = JSON.parse(kept);
  if (kept === JSON.stringify(valuesOf(form))) return;
  form.querySelector(".restored").hidden = false;
  for (const field of form.elements) {
    if (!field.name || !(field.name in values)) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = values[field.name].includes(field.value);
    else if (field.type !== "select-one" || [...field.options].some((one) => one.value === values[field.name][0])) {
      field.value = values[field.name][0];
    }
  }
}

export function startAfresh(form) {
  sessionStorage.removeItem(formKey(form));
  form.reset();
  form.querySelector(".restored").hidden = true;
  fit(form);
  firstOf(form)?.focus();
}

function fit(form) {
  form.querySelectorAll("textarea").forEach(grow);
  form.querySelectorAll("[data-most]").forEach(count);
}

export function count(field) {
  const line = field.parentElement.querySelector(".count");
  if (!line) return;
  const [length, most] = [field.value.length, Number(field.dataset.most)];
  line.hidden = length < Number(field.dataset.near);
  line.classList.toggle("over", length > most);
  line.textContent = `${length.toLocaleString("en")} of ${most.toLocaleString("en")}`
    + (length > most ? `, ${(length - most).toLocaleString("en")} too many` : "");
}

let opener = null;
let shownForm = null;

export function dialogs() {
  const dialog = document.querySelector("dialog.dialog");
  const form = formOf();
  if (!dialog || form === shownForm) return;
  if (shownForm && !form && shownForm.dataset.sent) sessionStorage.removeItem(formKey(shownForm));
  shownForm = form;
  if (!form) return hide(dialog);
  if (!dialog.open) {
    opener = lastFocus();
    dialog.showModal();
  }
  bringForm(form);
  fit(form);
  const wrong = form.querySelector('[aria-invalid="true"]');
  const target = wrong?.matches("fieldset") ? wrong.querySelector("input") : wrong;
  (target ?? firstOf(form))?.focus();
}

function firstOf(form) {
  const first = form.querySelector(".form-body :is(input, textarea, select)");
  return first?.type === "radio" ? form.querySelector(`[name="${first.name}"]:checked`) ?? first : first;
}

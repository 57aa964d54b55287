// The page's hands: it hears clicks and keys, sends them to the server as one kind of event ("act"), and after each
// redraw puts back what people had in hand. No text is ever drawn as HTML here.

import { completionKey, isOpen, listOf, suggest } from "./completion.js";
import { areas, drafts, editLast, grow, save, say, tooLong } from "./composer.js";
import { closeForm, count, dialogs, keepForm, startAfresh, submit } from "./forms.js";
import { atEnd, findFocus, keepPlace, moved, pinned, remember, scrolling, toEnd } from "./keep.js";
import { chooseTheme, theme } from "./theme.js";
import { act, closeMenu, composerOf, messageOf, off, paneOf, root, waiting } from "./wire.js";

const CLICKED = "[data-press], [data-do], [data-send], [data-menu], [data-jump], [data-reset], [data-theme-choice]";

function click(event) {
  const element = event.target.closest(CLICKED);
  if (!element) {
    if (root()?.classList.contains("menu-open") && !event.target.closest(".side")) closeMenu();
    return;
  }
  if (off(element)) return;
  const data = element.dataset;
  if (data.themeChoice) return chooseTheme(data.themeChoice);
  if (data.menu !== undefined) return root().classList.toggle("menu-open");
  if (data.reset !== undefined) return startAfresh(element.closest("form"));
  if (data.jump !== undefined) {
    toEnd(paneOf(element));
    scrolling();
    return composerOf(paneOf(element)).focus();
  }
  if (data.send !== undefined) return say(composerOf(paneOf(element)));
  const where = { pane: paneOf(element), message: messageOf(element) };
  if (data.press) {
    if (waiting()) return;
    if (act("press", { ...where, action: data.press })) element.setAttribute("aria-busy", "true");
    return;
  }
  if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a link opens elsewhere
  if (element.tagName === "A") event.preventDefault();
  doIt(element, data, where);
}

function doIt(element, data, where) {
  if (data.do === "save") return save(element.closest(".editor").querySelector("textarea"));
  if (data.do === "run") return act("say", { pane: where.pane, text: data.text });
  if (data.do === "cancel") return closeForm();
  if (data.do === "earlier") keepPlace(where.pane);
  if (data.do === "go" || data.do === "be") closeMenu();
  act(data.do, { ...where, to: data.to ?? "", by: data.by ?? "" });
}

function change(event) {
  const select = event.target.closest("select[data-choose]");
  if (select && !waiting()) {
    const { choose } = select.dataset;
    act("press", { pane: paneOf(select), message: messageOf(select), action: choose, value: select.value });
    select.selectedIndex = 0;
  }
  if (event.target.closest("dialog")) keepForm();
}

function key(event) {
  const area = event.target.closest?.("textarea.compose, textarea.edit");
  if (event.isComposing) return;
  if (area && isOpen(area) && completionKey(event, area)) return;
  if (area && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    return area.classList.contains("edit") ? save(area) : say(area);
  }
  if (area && event.key === "ArrowUp" && !area.value && editLast(area)) return event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("dialog form")) {
    return event.target.closest("form").requestSubmit();
  }
  if (event.key === "Escape") escape(event, area);
  if (event.key === "Tab") stayInside(event);
}

function escape(event, area) {
  if (document.querySelector("dialog[open]")) {
    event.preventDefault();
    closeForm();
  } else if (area?.classList.contains("edit")) {
    act("unedit", { pane: paneOf(area) });
    composerOf(paneOf(area)).focus();
  } else if (root().classList.contains("menu-open")) {
    closeMenu();
  } else if (root().classList.contains("with-thread")) {
    act("thread", { message: "" });
    composerOf("main").focus();
  }
}

function stayInside(event) {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return;
  const focusable = dialog.querySelectorAll("button, input, select, textarea, [tabindex]");
  const inside = [...focusable].filter((one) => one.checkVisibility());
  const [first, last] = [inside[0], inside[inside.length - 1]];
  const edge = event.shiftKey ? first : last;
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

function redrawn() {
  if (!root()) return;
  if (document.querySelector("[data-theme-choice]:not([aria-pressed])")) theme();
  areas();
  dialogs();
  moved();
  scrolling();
  if (!waiting()) document.querySelectorAll('[aria-busy="true"]').forEach((one) => one.removeAttribute("aria-busy"));
  findFocus();
}

document.addEventListener("click", click);
document.addEventListener("change", change);
document.addEventListener("keydown", key, true);
document.addEventListener("submit", submit);
document.addEventListener("focusin", remember);
document.addEventListener("cancel", (event) => event.preventDefault(), true);
document.addEventListener("scroll", (event) => {
  const pane = event.target.dataset?.pane;
  if (!pane) return;
  pinned.set(pane, atEnd(event.target));
  event.target.parentElement.classList.toggle("more-below", !atEnd(event.target));
}, true);
document.addEventListener("input", (event) => {
  const area = event.target;
  if (area.tagName === "TEXTAREA") grow(area);
  if (area.classList.contains("compose")) { drafts.keep(area); tooLong(area); suggest(area); }
  if (area.closest("dialog")) { if (area.dataset.most) count(area); keepForm(); }
});
document.addEventListener("focusout", (event) => {
  if (event.target.classList?.contains("compose")) listOf(event.target).hidden = true;
});
new MutationObserver(redrawn).observe(document.body, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ["class", "data-waiting", "data-address", "data-place"],
});
redrawn();
addEventListener("resize", scrolling);

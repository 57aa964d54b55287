// The page's hands: it hears clicks and keys, sends them to the server as one kind of event ("act"), completes commands,
// and keeps scroll, focus and drafts where people left them while the server redraws. It draws no text as HTML.
(() => {
  "use strict";
  const book = JSON.parse(document.getElementById("book").textContent);
  const MOST = 20000; // characters of one message; nothing longer is sent, and nothing is cut

  const act = (what, more = {}) => window.emitEvent("act", { do: what, ...more });
  const root = () => document.querySelector(".playground");
  const paneOf = (element) => element.closest("[data-pane]")?.dataset.pane ?? "main";
  const messageOf = (element) => element.closest("[data-message]")?.dataset.message ?? "";
  const off = (element) => element.getAttribute("aria-disabled") === "true";
  const waiting = () => root()?.hasAttribute("data-waiting");

  // ---- what is clicked and chosen

  function click(event) {
    const element = event.target.closest("[data-press], [data-do], [data-send], [data-menu], [data-theme-choice]");
    if (!element) {
      if (root()?.classList.contains("menu-open") && !event.target.closest(".side")) closeMenu();
      return;
    }
    if (off(element)) return;
    const data = element.dataset;
    if (data.themeChoice) return chooseTheme(data.themeChoice);
    if (data.menu !== undefined) return root().classList.toggle("menu-open");
    if (data.send !== undefined) return say(composerOf(paneOf(element)));
    const where = { pane: paneOf(element), message: messageOf(element) };
    if (data.press) {
      if (waiting()) return;
      element.setAttribute("aria-busy", "true");
      return act("press", { ...where, action: data.press });
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

  // ---- the command box

  const drafts = {
    key: (area) => `draft|${area.dataset.draft}`,
    keep: (area) => sessionStorage.setItem(drafts.key(area), area.value),
    bring: (area) => sessionStorage.getItem(drafts.key(area)) ?? "",
  };
  const composerOf = (pane) => document.querySelector(`.composer[data-pane="${pane}"] textarea`);

  function grow(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function say(area) {
    const text = area.value;
    if (!text.trim()) return;
    if (tooLong(area)) return;
    act("say", { pane: paneOf(area), text });
    area.value = "";
    drafts.keep(area);
    grow(area);
    suggest(area);
    area.focus();
    toEnd(paneOf(area));
  }

  function tooLong(area) {
    const notice = area.closest(".composer")?.querySelector(".notice");
    const over = area.value.length - MOST;
    if (notice) {
      notice.hidden = over <= 0;
      notice.textContent = over > 0 ? `This is ${over.toLocaleString("en")} characters too long to send.` : "";
    }
    return over > 0;
  }

  function save(area) {
    act("save", { pane: paneOf(area), message: messageOf(area), text: area.value });
    composerOf(paneOf(area)).focus();
  }

  function editLast(area) {
    const log = document.querySelector(`.log[data-pane="${paneOf(area)}"]`);
    const button = [...log.querySelectorAll('[data-do="edit"]')].pop();
    if (button) act("edit", { pane: paneOf(area), message: messageOf(button) });
    return Boolean(button);
  }

  // ---- completion: what can follow, from the same book of commands that the bot answers to

  const starts = (text, partial) => text.toLowerCase().startsWith(partial);
  const row = (insert, name, about) => ({ insert, name, about });

  function following(text) {
    if (!text.startsWith("/") || text.includes("\n")) return [];
    const words = text.slice(1).split(" ");
    const partial = words.pop().toLowerCase();
    if (!words.length) {
      return book.filter((one) => starts(one.name, partial)).map((one) => row(`/${one.name} `, `/${one.name}`, one.description));
    }
    const command = book.find((one) => one.name === words[0].toLowerCase());
    if (!command) return [];
    const said = words.slice(1).filter(Boolean);
    const verb = command.verbs.find((one) => one.name && one.name === said[0]?.toLowerCase());
    const before = text.slice(0, text.length - partial.length);
    const found = said.length ? [] : command.verbs.filter((one) => one.name && starts(one.name, partial));
    const verbs = found.map((one) => row(`${before}${one.name} `, one.name, one.description));
    return [...verbs, ...options(verb ?? command.verbs[0], said, partial, before)];
  }

  function options(verb, said, partial, before) {
    const free = verb.options.filter((one) => !said.some((word) => taken(one, word.toLowerCase())));
    const [name, value] = partial.includes(":") ? partial.split(":") : [null, partial];
    if (name !== null) {
      const choices = free.find((one) => one.name === name)?.choices ?? [];
      return choices.filter(([id, label]) => starts(id, value) || starts(label, value))
        .map(([id, label]) => row(`${before}${name}:${id} `, id, label));
    }
    const named = free.filter((one) => starts(one.name, partial))
      .map((one) => row(`${before}${one.name}:`, `${one.name}:`, one.description));
    const chosen = partial
      ? free.flatMap((one) => one.choices.filter(([id, label]) => starts(id, partial) || starts(label, partial))
        .map(([id, label]) => row(`${before}${id} `, id, `${one.name}: ${label}`)))
      : [];
    return [...named, ...chosen];
  }

  const taken = (option, word) =>
    word.startsWith(`${option.name}:`) || option.choices.some(([id, label]) => id === word || label.toLowerCase() === word);

  const listOf = (area) => area.closest(".composer").querySelector(".suggestions");
  const isOpen = (area) => area.classList.contains("compose") && !listOf(area).hidden;

  function suggest(area) {
    const list = listOf(area);
    const rows = area.selectionStart === area.value.length ? following(area.value) : [];
    list.replaceChildren(...rows.map((one, at) => {
      const item = document.createElement("li");
      item.role = "option";
      item.id = `${list.id}-${at}`;
      item.dataset.insert = one.insert;
      const name = document.createElement("strong");
      const about = document.createElement("span");
      name.textContent = one.name;
      about.textContent = one.about;
      item.append(name, about);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); pick(area, item); });
      return item;
    }));
    list.dataset.moved = "";
    list.hidden = !rows.length;
    area.setAttribute("aria-expanded", String(Boolean(rows.length)));
    if (rows.length) mark(area, 0); else area.removeAttribute("aria-activedescendant");
  }

  function mark(area, at) {
    const items = [...listOf(area).children];
    const index = (at + items.length) % items.length;
    items.forEach((item, one) => item.setAttribute("aria-selected", String(one === index)));
    items[index].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", items[index].id);
  }

  const marked = (area) => [...listOf(area).children].findIndex((item) => item.ariaSelected === "true");

  function pick(area, item) {
    area.value = item.dataset.insert;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function completionKey(event, area) {
    const list = listOf(area);
    const item = list.children[marked(area)];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      list.dataset.moved = "yes";
      mark(area, marked(area) + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape") {
      list.hidden = true;
      area.setAttribute("aria-expanded", "false");
    } else if (event.key === "Tab" && !event.shiftKey) {
      pick(area, item);
    } else if (event.key === "Enter" && !event.shiftKey && completes(area, item)) {
      pick(area, item);
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  // Enter takes a suggestion that one moved to, or that ends a word begun; a command that is whole is sent.
  function completes(area, item) {
    if (listOf(area).dataset.moved) return true;
    const whole = item.dataset.insert.trimEnd().toLowerCase() === area.value.trimEnd().toLowerCase();
    return !whole && !area.value.endsWith(" ");
  }

  // ---- keys

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
    const inside = [...dialog.querySelectorAll("button, input, select, textarea, [tabindex]")];
    const [first, last] = [inside[0], inside[inside.length - 1]];
    const edge = event.shiftKey ? first : last;
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }

  const closeMenu = () => root()?.classList.remove("menu-open");

  // ---- forms

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

  function submit(event) {
    event.preventDefault();
    const form = event.target.closest("dialog form");
    if (!form || waiting()) return;
    form.querySelector('[type="submit"]').setAttribute("aria-busy", "true");
    form.dataset.sent = "yes";
    act("submit", { values: valuesOf(form) });
  }

  // At once, before the server hears of it: the next key belongs to what lies behind.
  function closeForm() {
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
  function keepForm() {
    const form = formOf();
    if (form) sessionStorage.setItem(formKey(form), JSON.stringify(valuesOf(form)));
  }

  function bringForm(form) {
    const kept = sessionStorage.getItem(formKey(form));
    if (!kept || form.dataset.fixed === "1") return;
    const values = JSON.parse(kept);
    for (const field of form.elements) {
      if (!field.name || !(field.name in values)) continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = values[field.name].includes(field.value);
      else if (field.type !== "select-one" || [...field.options].some((one) => one.value === values[field.name][0])) {
        field.value = values[field.name][0];
      }
    }
  }

  function count(field) {
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

  function dialogs() {
    const dialog = document.querySelector("dialog.dialog");
    const form = formOf();
    if (!dialog || form === shownForm) return;
    if (shownForm && !form && shownForm.dataset.sent) sessionStorage.removeItem(formKey(shownForm));
    shownForm = form;
    if (!form) return hide(dialog);
    if (!dialog.open) {
      opener = last;
      dialog.showModal();
    }
    bringForm(form);
    form.querySelectorAll("textarea").forEach(grow);
    form.querySelectorAll("[data-most]").forEach(count);
    const wrong = form.querySelector('[aria-invalid="true"]');
    const target = wrong?.matches("fieldset") ? wrong.querySelector("input") : wrong;
    (target ?? firstOf(form))?.focus();
  }

  function firstOf(form) {
    const first = form.querySelector(".form-body :is(input, textarea, select)");
    return first?.type === "radio" ? form.querySelector(`[name="${first.name}"]:checked`) ?? first : first;
  }

  // ---- what stays in place while the server redraws

  let last = null;

  function remember(event) {
    const element = event.target;
    if (element.closest("dialog")) return;
    const data = element.dataset ?? {};
    const name = ["press", "do", "choose", "themeChoice"].find((one) => data[one]);
    const attribute = name && `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const to = data.to ? `[data-to="${CSS.escape(data.to)}"]` : data.by ? `[data-by="${data.by}"]` : "";
    const own = name ? `[${attribute}="${CSS.escape(data[name])}"]${to}` : "";
    last = { element, own, pane: paneOf(element), message: messageOf(element) };
  }

  function refocus(target) {
    if (!target) return composerOf("main")?.focus();
    if (target.element.isConnected) return target.element.focus();
    const pane = target.message ? `.log[data-pane="${target.pane}"] [data-message="${target.message}"]` : "";
    const again = target.own && document.querySelector(`${pane} ${target.own}`);
    (again || (pane && document.querySelector(pane)) || composerOf(target.pane) || composerOf("main"))?.focus();
  }

  const pinned = new Map(); // pane -> whether it stands at its end; true until somebody scrolls up
  const places = new Map(); // pane -> the place that it showed
  let kept = null;

  const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 48;
  const keepPlace = (pane) => {
    const log = document.querySelector(`.log[data-pane="${pane}"]`);
    kept = { log, below: log.scrollHeight - log.scrollTop, height: log.scrollHeight };
  };
  const toEnd = (pane) => pinned.set(pane, true);

  function scrolling() {
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
      else log.parentElement.classList.toggle("more-below", !atEnd(log));
    }
  }

  function areas() {
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

  let address = "";
  function moved() {
    const now = root()?.dataset.address;
    if (!now || now === address) return;
    if (address || now !== location.pathname + location.search) history.replaceState(null, "", now);
    address = now;
  }

  function redrawn() {
    if (!root()) return;
    if (document.querySelector("[data-theme-choice]:not([aria-pressed])")) theme();
    areas();
    dialogs();
    moved();
    scrolling();
    if (!waiting()) document.querySelectorAll('[aria-busy="true"]').forEach((one) => one.removeAttribute("aria-busy"));
    const lost = !document.activeElement || document.activeElement === document.body;
    if (lost && last && !last.element.isConnected && !document.querySelector("dialog[open]")) refocus(last);
  }

  // ---- light and dark

  function chooseTheme(choice) {
    localStorage.setItem("theme", choice);
    theme();
  }

  function theme() {
    const choice = localStorage.getItem("theme") ?? "auto";
    document.documentElement.dataset.theme = choice;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
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
    childList: true, subtree: true, attributes: true, attributeFilter: ["class", "data-waiting", "data-address", "data-place"],
  });
  redrawn();
  addEventListener("resize", scrolling);
})();

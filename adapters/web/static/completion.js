// Completion: what can follow in a command, from the same book of commands that the bot answers to.

const book = JSON.parse(document.getElementById("book").textContent);
const starts = (text, partial) => text.toLowerCase().startsWith(partial);
const row = (insert, name, about) => ({ insert, name, about });

function following(text) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const words = text.slice(1).split(" ");
  const partial = words.pop().toLowerCase();
  if (!words.length) {
    const found = book.filter((one) => starts(one.name, partial));
    return found.map((one) => row(`/${one.name} `, `/${one.name}`, one.description));
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

const taken = (option, word) => word.startsWith(`${option.name}:`)
  || option.choices.some(([id, label]) => id === word || label.toLowerCase() === word);

export const listOf = (area) => area.closest(".composer").querySelector(".suggestions");
export const isOpen = (area) => area.classList.contains("compose") && !listOf(area).hidden;

export function suggest(area) {
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

export function completionKey(event, area) {
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

// Message cards and rows of the variables table: add, remove, move up and down.
// What is typed is sent as parallel lists of fields, so order on the page is order in the content.

let serial = 0;

// Makes a new item from the list's <template>, with ids of its own.
export function addItem(list, after = null) {
  const made = document.importNode(list.querySelector("template").content, true).firstElementChild;
  serial += 1;
  for (const field of made.querySelectorAll("[id], [for]")) {
    for (const name of ["id", "for"]) {
      if (field.hasAttribute(name)) {
        field.setAttribute(name, `${field.getAttribute(name)}-new${serial}`);
      }
    }
  }
  if (after) after.after(made);
  else list.querySelector("[data-items]").append(made);
  renumber(list);
  return made;
}

export function renumber(list) {
  const items = [...list.querySelectorAll("[data-item]")];
  items.forEach((item, index) => {
    for (const place of item.querySelectorAll("[data-number]")) {
      place.textContent = String(index + 1);
    }
    for (const named of item.querySelectorAll("[data-label]")) {
      named.setAttribute("aria-label", named.dataset.label.replace("#", String(index + 1)));
    }
    const up = item.querySelector("[data-act=up]");
    const down = item.querySelector("[data-act=down]");
    if (up) up.disabled = index === 0;
    if (down) down.disabled = index === items.length - 1;
  });
  const empty = list.querySelector("[data-when-empty]");
  if (empty) empty.hidden = items.length > 0;
  return items.length;
}

// Wires the buttons of `list`; `onChange` hears of every change, `onAdd` of every new item.
export function listen(list, { onAdd, onChange }) {
  renumber(list);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    if (!button || !list.contains(button)) return;
    const act = button.dataset.act;
    const item = button.closest("[data-item]");
    if (act === "add") {
      const made = addItem(list);
      onAdd(made);
    } else if (act === "remove") {
      remove(list, item);
    } else {
      const other = act === "up" ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      if (act === "up") other.before(item);
      else other.after(item);
      renumber(list);
      say(list, `Moved ${act === "up" ? "up" : "down"}.`);
      (button.disabled ? item.querySelector("button[data-act]:not(:disabled)") : button).focus();
    }
    onChange();
  });
}

// A removed item waits behind an "undo" for as long as the page is open.
function remove(list, item) {
  const place = item.nextElementSibling;
  const parent = item.parentElement;
  item.remove();
  renumber(list);
  const undo = list.querySelector("[data-undo]");
  undo.hidden = false;
  undo.querySelector("button").onclick = () => {
    parent.insertBefore(item, place && place.parentElement === parent ? place : null);
    undo.hidden = true;
    renumber(list);
    item.querySelector("textarea, input, select").focus();
    list.dispatchEvent(new Event("change", { bubbles: true }));
  };
  undo.querySelector("button").focus();
}

function say(list, text) {
  const place = list.querySelector("[aria-live]");
  if (place) place.textContent = text;
}

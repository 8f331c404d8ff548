// The editor page: ties the text fields, the lists, autosave and the panel together.

import { Autosave } from "./draft.js";
import { Meaning } from "./meaning.js";
import { freshToken } from "./requests.js";
import { addItem, listen, renumber } from "./rows.js";
import { editorOf, insert, mountWhenSeen } from "./text-area.js";

const LIMIT = 1024 * 1024 - 16 * 1024; // bytes of a request that the server reads

const form = document.querySelector("form[data-editor]");
const meaning = new Meaning(form);
const autosave = new Autosave(form, { onSaved: (answer) => meaning.showNewer(answer.newer) });
let lastText = form.querySelector("[data-prompt-text]");

function changed() {
  autosave.touch();
  meaning.later();
}

// --- the texts ---------------------------------------------------------------
function mountTexts(root) {
  for (const textarea of root.querySelectorAll("[data-prompt-text]")) {
    mountWhenSeen(textarea, changed);
  }
}

form.addEventListener("focusin", (event) => {
  const holder = event.target.closest(".ace-holder");
  if (holder) lastText = holder.previousElementSibling;
  else if (event.target.matches("[data-prompt-text]")) lastText = event.target;
});

const inserter = form.querySelector("[data-insert]");
inserter.addEventListener("change", () => {
  if (inserter.value && lastText) insert(lastText, `{{${inserter.value}}}`);
  inserter.value = "";
});

// --- messages and variables ----------------------------------------------------
for (const list of form.querySelectorAll("[data-list]")) {
  listen(list, {
    onChange: changed,
    onAdd: (item) => {
      mountTexts(item);
      item.querySelector("select, input").focus();
    },
  });
}

form.addEventListener("change", (event) => {
  const role = event.target.closest("select[name=role]");
  if (!role) return;
  const help = role.closest("[data-item]").querySelector("[data-placeholder-help]");
  help.hidden = role.value !== "placeholder:";
});

// Variables that the text uses and nobody has declared are offered by name.
document.addEventListener("variables", ({ detail }) => {
  const place = form.querySelector("[data-detected]");
  const found = detail.filter((variable) => !variable.declared).map((variable) => variable.name);
  place.replaceChildren(...found.map(declareButton));
  if (found.length) place.prepend("Used in the text, not declared: ");
  inserter.replaceChildren(
    new Option("choose…", ""),
    ...detail.map((variable) => new Option(variable.name, variable.name)),
  );
});

function declareButton(name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button mono";
  button.textContent = `declare ${name}`;
  button.addEventListener("click", () => {
    const list = form.querySelector("[data-list=variables]");
    const row = addItem(list);
    row.querySelector("[name=variable_name]").value = name;
    row.querySelector("[name=variable_type]").focus();
    renumber(list);
    changed();
  });
  return button;
}

// --- typing, keys, leaving -----------------------------------------------------
const NOT_CONTENT = new Set(["bump", "case"]);

form.addEventListener("input", (event) => {
  if (event.target.closest(".ace-holder, [data-insert]")) return; // Ace tells by itself
  if (NOT_CONTENT.has(event.target.name) || event.target.name.startsWith("value:")) {
    meaning.later();
  } else {
    changed();
  }
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") {
    event.preventDefault();
    autosave.save();
  }
  // Enter in a small field would save a version for ever; only the reason's does.
  const field = event.target;
  if (event.key === "Enter" && field.matches?.("form[data-editor] input:not(#reason)")) {
    event.preventDefault();
  }
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") autosave.leave();
});
window.addEventListener("beforeunload", (event) => {
  if (autosave.isBehind) {
    autosave.leave();
    event.preventDefault();
  }
});

const compare = document.querySelector("[data-compare]");
compare?.addEventListener("click", async (event) => {
  if (!autosave.isBehind) return;
  event.preventDefault();
  await autosave.save();
  if (!autosave.isBehind) window.location.assign(compare.href);
});

document.getElementById("discard").addEventListener("submit", (event) => {
  if (!window.confirm("Discard what you wrote in this draft?")) {
    event.preventDefault();
    return;
  }
  autosave.stop();
});

form.addEventListener("submit", (event) => {
  if (new Blob([...new FormData(form).values()]).size > LIMIT) {
    event.preventDefault();
    autosave.say("This is longer than 1 MiB, more than can be sent. A prompt has at most 256 KiB.", true);
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault(); // the second click of a double click
    return;
  }
  if (meaning.isBehind) {
    event.preventDefault();
    saveWhenKnown();
    return;
  }
  form.dataset.sent = "yes";
  freshToken(form);
  autosave.stop();
});
// Saved right after typing: a number that nobody has seen yet is shown first.
async function saveWhenKnown() {
  const seen = form.elements.bump.value;
  await meaning.ask();
  if (form.elements.bump.value === seen) form.requestSubmit();
  else autosave.say(`This is ${form.elements.bump.value} by now. Press Save again.`, true);
}

// Back from the next page: the form is usable again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

mountTexts(form);
meaning.later(0);
const errors = document.querySelector("[data-errors]");
if (errors) {
  autosave.touch(); // what came back with errors is in no draft yet
  errors.focus();
  for (const link of errors.querySelectorAll("a")) {
    link.addEventListener("click", (event) => {
      const place = document.querySelector(link.getAttribute("href"));
      if (!place) return;
      event.preventDefault();
      place.closest("details")?.setAttribute("open", "");
      place.scrollIntoView({ block: "center" });
      const textarea = place.querySelector("[data-prompt-text]");
      const editor = textarea && editorOf(textarea);
      (editor || place.querySelector("input, textarea, select"))?.focus();
    });
  }
}

// The editor page: ties the text fields, the lists, autosave and the panel together.

import { Autosave } from "./draft.js";
import { Meaning } from "./meaning.js";
import { addItem, listen, renumber } from "./rows.js";
import { listenToSaving } from "./saving.js";
import { editorOf, insert, mountWhenSeen } from "./text-area.js";
import { mountTools } from "./tools.js";

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
      item.querySelectorAll("select[name=role]").forEach(showRole);
      item.querySelector("select, input").focus();
    },
  });
}

// A role of one's own is typed; its field shows once "other…" is chosen.
function showRole(select) {
  const item = select.closest("[data-item]");
  item.querySelector("[data-placeholder-help]").hidden = select.value !== "placeholder:";
  item.querySelector("[name=role_other]").hidden = select.value !== "other:";
}

form.addEventListener("change", (event) => {
  const role = event.target.closest("select[name=role]");
  if (!role) return;
  showRole(role);
  if (role.value === "other:") role.closest("[data-item]").querySelector("[name=role_other]").focus();
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
  if (event.target.closest(".ace-holder, [data-insert], [data-tools]")) return; // Ace tells by itself
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

// A draft is taken back: what is being written is stored first, so that it is put aside whole.
for (const taking of document.querySelectorAll("[data-take-back]")) {
  taking.addEventListener("submit", async (event) => {
    if (!autosave.isBehind) return;
    event.preventDefault();
    await autosave.save();
    if (!autosave.isBehind) taking.requestSubmit();
  });
}

listenToSaving(form, { autosave, meaning });
document.addEventListener("signed-in", () => {
  autosave.save();
  meaning.later(0);
});

// Back from the next page: the form is usable again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

form.querySelectorAll("select[name=role]").forEach(showRole);
mountTexts(form);
mountTools(form, () => (lastText?.isConnected ? lastText : form.querySelector("[data-prompt-text]")));
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

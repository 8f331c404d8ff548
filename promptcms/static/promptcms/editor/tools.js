// The buttons above the text: undo, redo, find and replace, wrapping. They act on the text
// that was last written in, and show only where the editor loaded.

import { WRAP, editorOf, wraps } from "./text-area.js";

const SEARCH_LINES = 6; // so high is the box of find and replace

// `present` returns the <textarea> that was last written in.
export function mountTools(form, present) {
  const place = form.querySelector("[data-tools]");
  if (!window.ace) return;
  place.hidden = false;
  const wrap = place.querySelector("[data-tool=wrap]");
  wrap.setAttribute("aria-pressed", String(wraps()));
  place.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]")?.dataset.tool;
    const editor = tool && present() && editorOf(present());
    if (tool === "wrap") setWrap(form, wrap);
    else if (!editor) return;
    else if (tool === "find") {
      editor.setOption("minLines", Math.max(SEARCH_LINES, editor.getOption("minLines")));
      editor.execCommand("replace");
    } else {
      editor[tool]();
      editor.focus();
    }
  });
}

function setWrap(form, button) {
  const isOn = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isOn));
  window.localStorage.setItem(WRAP, isOn ? "on" : "off");
  for (const textarea of form.querySelectorAll("[data-prompt-text]")) {
    editorOf(textarea)?.session.setUseWrapMode(isOn);
  }
}

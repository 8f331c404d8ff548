// Turns a <textarea data-prompt-text> into an Ace editor. The textarea stays the form's field:
// every change is written back to it, and where Ace did not load it is simply used as it is.

const { ace } = window;
if (ace) {
  ace.config.set("basePath", document.querySelector("script[data-ace-base]").dataset.aceBase);
  ace.config.set("useStrictCSP", true); // the styles come from linked files
}

// In the browser's storage: "off" when lines are not wrapped.
export const WRAP = "promptcms.wrap";

export function wraps() {
  return window.localStorage.getItem(WRAP) !== "off";
}

export function mount(textarea, onChange) {
  if (!ace || textarea.dataset.mounted) return null;
  textarea.dataset.mounted = "yes";
  const holder = document.createElement("div");
  holder.className = "ace-holder";
  textarea.after(holder);
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const name = textarea.getAttribute("aria-label") || (label ? label.textContent.trim() : "Text");
  const editor = ace.edit(holder, {
    value: textarea.value,
    mode: "ace/mode/prompt",
    theme: "ace/theme/prompt",
    minLines: Number(textarea.dataset.minLines || 4),
    maxLines: Number(textarea.dataset.maxLines || 30),
    fontSize: 14,
    wrap: wraps(),
    indentedSoftWrap: false,
    useWorker: false,
    useSoftTabs: false,
    showPrintMargin: false,
    showFoldWidgets: false,
    highlightActiveLine: false,
    newLineMode: "unix",
    textInputAriaLabel: name,
    enableKeyboardAccessibility: true, // Enter goes in, Esc comes out, Tab moves on
  });
  editor.renderer.scroller.setAttribute(
    "aria-label",
    `${name}. Press Enter to edit, Escape to leave.`,
  );
  editor.session.setOption("wrapMethod", "text"); // between words, not between signs
  editor.session.selection.moveCursorTo(0, 0);
  editor.session.on("change", () => {
    textarea.value = editor.getValue();
    onChange(textarea);
  });
  // Ctrl-S belongs to the page, also while the cursor is in the text.
  editor.commands.removeCommand("showSettingsMenu");
  textarea.hidden = true;
  if (label) label.addEventListener("click", () => editor.focus());
  holder.aceEditor = editor;
  return editor;
}

// Hundreds of messages would be slow at once: each becomes an editor when it comes into view.
export function mountWhenSeen(textarea, onChange) {
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      mount(textarea, onChange);
    },
    { rootMargin: "600px" },
  );
  watcher.observe(textarea);
}

export function editorOf(textarea) {
  const holder = textarea.nextElementSibling;
  return (holder && holder.aceEditor) || null;
}

// Puts `text` where the cursor is, in the editor or in the plain field.
export function insert(textarea, text) {
  const editor = editorOf(textarea);
  if (editor) {
    editor.insert(text);
    editor.focus();
    return;
  }
  textarea.setRangeText(text, textarea.selectionStart, textarea.selectionEnd, "end");
  textarea.focus();
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
}

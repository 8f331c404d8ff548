// The comparison page: copy the unified diff, print with everything unfolded, go from change to
// change by buttons or by the keys n and p.

const copy = document.querySelector("[data-copy]");
copy?.addEventListener("click", async (event) => {
  if (!navigator.clipboard) return; // without it the link shows the text to copy
  event.preventDefault();
  const words = copy.textContent;
  try {
    const response = await fetch(copy.href, { credentials: "same-origin" });
    if (!response.ok) throw new Error(String(response.status));
    await navigator.clipboard.writeText(await response.text());
    copy.textContent = "Copied";
    setTimeout(() => {
      copy.textContent = words;
    }, 2000);
  } catch {
    window.location.assign(copy.href);
  }
});

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.fold:not([open])")];
  for (const fold of opened) fold.open = true;
});
window.addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
});

const CHANGED = ".line.changed, .line.removed, .row.changed, .row.added, .row.removed, .fields tbody tr";

// Changed lines that follow each other are one change; the first of them stands for all.
function changes() {
  return [...document.querySelectorAll(CHANGED)].filter(
    (line) => line.matches("tr") || !line.previousElementSibling?.matches(CHANGED),
  );
}

const bar = document.querySelector("[data-jump]");
const found = bar ? changes() : [];
if (found.length) {
  const where = bar.querySelector("[data-where]");
  let at = -1;
  const say = () => {
    const all = `${found.length} change${found.length === 1 ? "" : "s"}`;
    where.textContent = at < 0 ? all : `change ${at + 1} of ${found.length}`;
  };
  const go = (step) => {
    found[at]?.classList.remove("here");
    at = at < 0 && step < 0 ? found.length - 1 : (at + step + found.length) % found.length;
    const line = found[at];
    line.classList.add("here");
    line.tabIndex = -1;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "center" });
    say();
  };
  for (const button of bar.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => {
      go(Number(button.dataset.go));
      button.focus({ preventScroll: true });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === "n") go(1);
    else if (event.key === "p") go(-1);
  });
  bar.hidden = false;
  say();
}

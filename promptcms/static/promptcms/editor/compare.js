// The comparison page: copy the unified diff, print with everything unfolded.

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
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
});

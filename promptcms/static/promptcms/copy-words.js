// Buttons that copy the words they carry, and say so where a screen reader hears it.
const said = document.querySelector("[data-copied-words]");
for (const button of document.querySelectorAll("[data-copy-words]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copyWords);
      said.textContent = `${button.dataset.what} copied.`;
    } catch {
      said.textContent = button.dataset.copyWords;
    }
  });
}

// Copies the words that a button holds; shown only where the browser has a clipboard.
const said = document.querySelector("[data-copy-said]");
for (const button of document.querySelectorAll("[data-copy-text]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copyText);
      if (said) said.textContent = `Copied: ${button.dataset.copyText}`;
    } catch {
      if (said) said.textContent = "The browser did not let us copy. Select the words instead.";
    }
  });
}

// Marking answers: keys 1 to 5 choose a point, Enter keeps the mark and goes on.

const form = document.getElementById("marking");

function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input[type=text], textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (/^[1-5]$/.test(event.key) && !isTyping(event.target)) {
    const point = form.querySelector(`input[name=score][value="${event.key}"]`);
    point.checked = true;
    point.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && form.querySelector("input[name=score]:checked")) {
    // On a link or a button, Enter keeps its own meaning.
    if (event.target instanceof HTMLElement && event.target.matches("a, button, summary")) return;
    event.preventDefault();
    form.requestSubmit();
  }
});

// One mark per press, however fast somebody presses.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// Back to a page that was left: it may be sent again.
window.addEventListener("pageshow", () => form && delete form.dataset.sent);

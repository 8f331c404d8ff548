// Ticks every case of a page at once, and says how many are ticked.
const all = document.querySelector("[data-tick-all]");
const said = document.querySelector("[data-ticked]");
const ticks = [...document.querySelectorAll('input[name="case"]')];

function say() {
  const count = ticks.filter((tick) => tick.checked).length;
  said.textContent = count ? `(${count})` : "";
  all.checked = count === ticks.length;
  all.indeterminate = count > 0 && count < ticks.length;
}

if (all && said) {
  all.hidden = false;
  all.addEventListener("change", () => {
    ticks.forEach((tick) => { tick.checked = all.checked; });
    say();
  });
  ticks.forEach((tick) => tick.addEventListener("change", say));
  say();
}

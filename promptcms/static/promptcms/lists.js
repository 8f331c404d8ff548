// Selects all rows of a page, and shows only the field that the chosen change needs.
const all = document.querySelector("[data-tick-all]");
const ticks = [...document.querySelectorAll('input[name="prompt"]')];
if (all) {
  all.hidden = false;
  all.addEventListener("change", () => ticks.forEach((tick) => { tick.checked = all.checked; }));
}
const change = document.querySelector('.several select[name="change"]');
if (change) {
  const fields = [...document.querySelectorAll(".several [data-for]")];
  const show = () => fields.forEach((field) => {
    field.hidden = !field.dataset.for.split(" ").includes(change.value);
  });
  change.addEventListener("change", show);
  show();
}

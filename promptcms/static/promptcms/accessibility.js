// The theme leaves out landmarks, and its menu buttons cannot be reached by keyboard.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("main") || document.getElementById("page");
  if (main && !document.querySelector("main")) main.setAttribute("role", "main");
  const labels = { "nav-sidebar-inner": "Main navigation" };
  document.querySelectorAll("nav").forEach((nav, index) => {
    if (nav.hasAttribute("aria-label") || nav.hasAttribute("aria-labelledby")) return;
    nav.setAttribute("aria-label", labels[nav.id] || `Menu ${index + 1}`);
  });
  const clickable = "span[x-on\\:click], a[x-on\\:click]:not([href]), div[x-on\\:click].cursor-pointer";
  document.querySelectorAll(clickable).forEach((item) => {
    item.setAttribute("role", "button");
    item.setAttribute("tabindex", "0");
    const icon = item.textContent.trim();
    if (icon === "dock_to_right") item.setAttribute("aria-label", "Show or hide the navigation");
    if (icon === "close") item.setAttribute("aria-label", "Close");
    item.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      item.click();
    });
  });
});

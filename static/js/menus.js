// details[data-menu] close on Escape, on a click elsewhere and by data-menu-close; data-dialog="id" opens that dialog.
{
  const open = () => document.querySelectorAll("details[data-menu][open]");
  const close = (menu) => { menu.open = false; };
  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-menu-close]");
    open().forEach((menu) => { if (closer || !menu.contains(event.target)) close(menu); });
    const dialog = event.target.closest("[data-dialog]");
    if (dialog) document.getElementById(dialog.dataset.dialog)?.showModal();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => { close(menu); menu.querySelector("summary").focus(); });
  });
}

// A swapped fragment may carry the tab's new title and favicon: data-page-title, data-page-icon.
document.addEventListener("htmx:afterSettle", () => {
  const news = [...document.querySelectorAll("[data-page-title]")].at(-1);
  if (!news) return;
  document.title = news.dataset.pageTitle;
  const icon = document.querySelector("link[rel=icon]");
  if (icon.getAttribute("href") !== news.dataset.pageIcon) icon.setAttribute("href", news.dataset.pageIcon);
});

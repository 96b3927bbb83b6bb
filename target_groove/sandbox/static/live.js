// Keeps the page up to date: asks once a second whether anything changed, and swaps
// the content if so. Open rows, the focus and the place on the page stay as they are.
(() => {
  "use strict";

  const INTERVAL = 1000;
  const live = document.getElementById("live");
  let version = live.dataset.version;
  let asking = false;

  const keyed = () => [...live.querySelectorAll("[data-key]")];

  const selecting = () => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && live.contains(selection.anchorNode);
  };

  const swap = (html) => {
    const before = new Set(keyed().map((item) => item.dataset.key));
    const open = new Set(keyed().filter((item) => item.open).map((item) => item.dataset.key));
    const anchor = window.scrollY > 0
      && keyed().find((item) => item.getBoundingClientRect().bottom > 0);
    const place = anchor && { key: anchor.dataset.key, top: anchor.getBoundingClientRect().top };
    const active = document.activeElement;
    const focus = live.contains(active) && (active.getAttribute("href")
      || (active.parentElement.dataset.key && `#${active.parentElement.dataset.key}`));

    live.innerHTML = html;

    for (const item of keyed()) {
      const key = item.dataset.key;
      if (open.has(key)) item.open = true;
      if (before.size && !before.has(key)) item.classList.add("arrived");
      if (place && key === place.key) {
        window.scrollBy(0, item.getBoundingClientRect().top - place.top);
      }
    }
    if (focus) {
      const wanted = [...live.querySelectorAll("a[href], summary")].find((item) =>
        item.getAttribute("href") === focus || `#${item.parentElement.dataset.key}` === focus);
      if (wanted) wanted.focus({ preventScroll: true });
    }
  };

  const refresh = async () => {
    if (document.hidden || asking || selecting()) return;
    asking = true;
    try {
      const address = new URL(location.href);
      address.searchParams.set("fragment", "1");
      const answer = await fetch(address, {
        headers: { "If-None-Match": version },
        cache: "no-store",
      });
      if (answer.status !== 304) {
        const html = await answer.text();
        if (!selecting()) {
          version = answer.headers.get("ETag");
          swap(html);
        }
      }
      document.body.classList.remove("away");
    } catch {
      document.body.classList.add("away");
    } finally {
      asking = false;
    }
  };

  setInterval(refresh, INTERVAL);
  document.addEventListener("visibilitychange", refresh);
})();

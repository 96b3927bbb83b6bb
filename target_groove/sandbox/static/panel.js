// Makes the panel of a Custom Profile as high as what is in it.
(() => {
  "use strict";

  const fit = (frame) => {
    const inside = frame.contentDocument;
    if (!inside || !inside.body) return;
    // Only what is low can say that it needs less.
    frame.style.height = "0";
    const borders = frame.offsetHeight - frame.clientHeight;
    frame.style.height = `${inside.documentElement.scrollHeight + borders}px`;
  };

  const fitAll = () => document.querySelectorAll("iframe.profile").forEach(fit);

  // It does not bubble, and the frame is another one each time the page is brought up to date.
  document.addEventListener("load", fitAll, { capture: true });
  window.addEventListener("resize", fitAll);
  fitAll();
})();

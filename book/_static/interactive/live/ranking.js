// From scores to a list: the best items that were not picked.
(() => {
  "use strict";

  // The columns of the k highest scores outside of the picks; equals stay in their order.
  function topK(scores, k, picks) {
    const picked = new Set(picks);
    const best = []; // kept in order, so that a score has to beat the last of them only
    scores.forEach((score, item) => {
      if (picked.has(item)) return;
      if (best.length === k && score <= scores[best[k - 1]]) return;
      let at = best.length;
      while (at > 0 && scores[best[at - 1]] < score) at -= 1;
      best.splice(at, 0, item);
      best.length = Math.min(best.length, k);
    });
    return best;
  }

  // Where an item stands in the whole list, from 1.
  function placeOf(item, scores, picks) {
    const picked = new Set(picks);
    let place = 1;
    scores.forEach((score, other) => {
      const ahead = score > scores[item] || (score === scores[item] && other < item);
      if (ahead && !picked.has(other)) place += 1;
    });
    return place;
  }

  Object.assign(window.LiveModels, { topK, placeOf });
})();

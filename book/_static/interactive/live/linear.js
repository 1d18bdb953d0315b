// The two models without a network. Each takes the columns that were picked to a score an item.
(() => {
  "use strict";

  // Popularity knows nobody: how many people clicked each item.
  function popularity(arrays) {
    const counts = arrays.counts.values;
    return { score: () => Float64Array.from(counts) };
  }

  // EASE: the score of item j is x B = the sum of B_ij over the picks i.
  //
  // The file has half as many numbers as B: B_ij = r_ij √P_ii / √P_jj, where r, the partial
  // correlation, is the same for (i, j) and (j, i), so that what stands above the diagonal is all.
  function ease(arrays) {
    const r = arrays.partial.values;
    const roots = arrays.roots.values; // √P_ii, up to a common factor
    const n = roots.length;
    const place = (i, j) => i * n - (i * (i + 1)) / 2 + (j - i - 1); // for i < j
    const weight = (i, j) => {
      if (i === j) return 0; // or each item would predict itself
      return (r[i < j ? place(i, j) : place(j, i)] * roots[i]) / roots[j];
    };

    function score(picks) {
      const scores = new Float64Array(n);
      for (const i of picks) for (let j = 0; j < n; j++) scores[j] += weight(i, j);
      return scores;
    }

    return { score, weight };
  }

  Object.assign(window.LiveModels, { popularity, ease });
})();

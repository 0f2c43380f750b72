// uPlot as the stats page needs it: one time axis and one crosshair over all charts, marks for what happened.
import uPlot from "./uplot.mjs";

const sync = uPlot.sync("stats");

const POWERS = Array.from({ length: 44 }, (_, power) => 2 ** power);

function resolver(host) {
  const probe = host.appendChild(document.createElement("span"));
  probe.hidden = true;
  return (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

// Seconds from a sample within which its figures are those of a moment.
const NEAR = 5;

// `series`: [{ label, colour, area }], `format`: a value as text, `least`: what the scale shows at least, `isBinary`: round
// figures are powers of two, `nothing`: what is said of a time of which nothing is known.
export function create(host, series, format, least, isBinary, nothing) {
  const colour = resolver(host);
  const font = `11px ${getComputedStyle(host).fontFamily}`;
  let marks = [];
  let limit = null;
  const tip = host.appendChild(document.createElement("div"));
  tip.className = "ch-tip";
  tip.hidden = true;

  const clock = (time, more) =>
    new Date(time * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more });

  const axis = {
    stroke: () => colour("--chart-axis"),
    font,
    grid: { stroke: () => colour("--chart-grid"), width: 1 },
    ticks: { show: false },
  };

  function drawMarks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(host).fontFamily}`;
    if (limit !== null) {
      const y = Math.round(plot.valToPos(limit, "y", true));
      ctx.strokeStyle = colour("--chart-limit");
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    // A label that would lie upon the one before it is left out; its line stays.
    let free = -Infinity;
    for (const { time, label } of marks) {
      const x = Math.round(plot.valToPos(time, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour("--text-3");
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const gap = 4 * devicePixelRatio;
      const width = ctx.measureText(label).width + gap;
      const isRight = x + width > bbox.left + bbox.width;
      const from = isRight ? x - width : x;
      if (from < free) continue;
      free = from + width;
      ctx.textAlign = isRight ? "right" : "left";
      ctx.fillText(label, x + (isRight ? -gap : gap), bbox.top + 11 * devicePixelRatio);
    }
    ctx.restore();
  }

  function showTip(plot) {
    const { idx, left } = plot.cursor;
    if (idx == null || left < 0) {
      tip.hidden = true;
      return;
    }
    // uPlot goes to the nearest sample, however far away that is.
    const at = plot.posToVal(left, "x");
    const isKnown = Math.abs(plot.data[0][idx] - at) <= NEAR && plot.data.slice(1).some((column) => column[idx] != null);
    const time = clock(isKnown ? plot.data[0][idx] : at, { second: "2-digit" });
    const line = (name, text) => {
      const row = document.createElement("span");
      const figure = document.createElement("b");
      figure.textContent = text;
      row.append(name, figure);
      return row;
    };
    const figures = series.map((one, at) => {
      const value = plot.data[at + 1][idx];
      return line(series.length > 1 ? one.label : time, value == null ? "–" : format(value));
    });
    tip.replaceChildren(...(isKnown ? figures : [line(time, nothing)]));
    tip.hidden = false;
    const width = plot.over.clientWidth;
    const before = left > width * 0.6;
    tip.style.left = before ? "" : `${plot.over.offsetLeft + left + 8}px`;
    tip.style.right = before ? `${host.clientWidth - plot.over.offsetLeft - left + 8}px` : "";
  }

  const options = {
    width: Math.max(host.clientWidth, 100),
    height: 160,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: { sync: { key: sync.key, setSeries: false }, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => [0, Math.max(least, (high || 0) * 1.1, limit !== null && high > limit * 0.5 ? limit * 1.05 : 0)] },
    },
    axes: [
      { ...axis, size: 24, space: 70, grid: { show: false }, values: (_, times) => times.map((time) => clock(time)) },
      { ...axis, size: 64, space: 40, ...(isBinary ? { incrs: POWERS } : {}), values: (_, values) => values.map((value) => format(value)) },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: () => colour(one.colour),
        fill: one.area ? () => colour(one.area) : undefined,
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: { draw: [drawMarks], setCursor: [showTip] },
  };
  const plot = new uPlot(options, [[], ...series.map(() => [])], host);
  const sized = new ResizeObserver(() => host.clientWidth > 0 && plot.setSize({ width: host.clientWidth, height: 160 }));
  sized.observe(host);
  const redraw = () => plot.redraw();
  const themed = new MutationObserver(redraw);
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", redraw);

  return {
    // Columns: seconds, then one for each series, with NaN where there is nothing.
    show(columns, from, to, newMarks, newLimit) {
      marks = newMarks;
      limit = newLimit ?? null;
      plot.batch(() => {
        plot.setData([Array.from(columns[0]), ...columns.slice(1).map((column) => Array.from(column, (value) => (Number.isNaN(value) ? null : value)))], false);
        plot.setScale("x", { min: from, max: to });
      });
    },
    close() {
      sized.disconnect();
      themed.disconnect();
      scheme.removeEventListener("change", redraw);
      plot.destroy();
    },
  };
}

/**
 * The Grafana dashboard, made from a table of panels over the metrics of docs/observe.md.
 *
 * @module
 */

interface Panel {
  readonly title: string;
  readonly kind: "stat" | "timeseries" | "table" | "gauge";
  /** Of 24 columns. */
  readonly width: number;
  readonly unit?: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const quantiles = [0.5, 0.99].map((quantile) =>
  [
    `histogram_quantile(${quantile}, sum by (le) (rate(porter_change_to_update_seconds_bucket[$__rate_interval])))`,
    `p${quantile * 100}`,
  ] as const
);

/** The panels, left to right and top to bottom. */
export const panels: readonly Panel[] = [
  stat("Sessions up", [["sum(porter_bgp_session_up)", ""]]),
  stat("Sessions down", [["sum(1 - porter_bgp_session_up) or vector(0)", ""]]),
  stat("EIPs announced", [["max(sum by (instance) (porter_routes_announced))", ""]]),
  stat("Services pending", [[
    'max(sum by (instance) (porter_services{state="pending"})) or vector(0)',
    "",
  ]]),
  stat("Leader", [["sum(porter_leader)", ""]]),
  stat("Nodes eligible", [['max(porter_nodes{family="ipv4",state="Eligible"})', ""]]),
  series("Sessions by peer", [["porter_bgp_session_up", "{{peer}} {{instance}}"]]),
  series("Session uptime", [["porter_bgp_session_uptime_seconds", "{{peer}} {{instance}}"]], "s"),
  series("Flaps in an hour", [[
    "increase(porter_bgp_session_flaps_total[1h])",
    "{{peer}} {{instance}}",
  ]]),
  {
    title: "Last end of each session",
    kind: "table",
    width: 12,
    unit: "dateTimeAsIso",
    queries: [["porter_bgp_session_last_error_timestamp_seconds * 1000", ""]],
  },
  series("Prefixes: wanted and sent", [
    ["porter_bgp_prefixes_wanted", "wanted {{peer}} {{instance}}"],
    ["porter_bgp_prefixes_sent", "sent {{peer}} {{instance}}"],
  ]),
  series("BGP messages a second", [[
    "sum by (direction, type) (rate(porter_bgp_messages_total[$__rate_interval]))",
    "{{direction}} {{type}}",
  ]], "ops"),
  series("From a change to its UPDATE", quantiles, "s"),
  series("Services by state and reason", [[
    "max by (state, reason) (porter_services)",
    "{{state}} {{reason}}",
  ]]),
  series("Pool usage", [[
    "max by (pool) (porter_pool_in_use / (porter_pool_size > 0))",
    "{{pool}}",
  ]], "percentunit"),
  series("EIPs by number of next hops", [[
    'count_values("hops", max by (eip) (porter_eip_next_hops))',
    "{{hops}} next hops",
  ]]),
  series("Refusals", [["max by (kind, reason) (porter_refusals)", "{{kind}} {{reason}}"]]),
  series("Passes: p99", [[
    "histogram_quantile(0.99, sum by (le, instance) (rate(porter_reconcile_duration_seconds_bucket[$__rate_interval])))",
    "{{instance}}",
  ]], "s"),
  series("EIPs on nodes: missing", [[
    "porter_host_eips_wanted - porter_host_eips_present",
    "{{instance}}",
  ]]),
  series("Repairs on nodes in an hour", [[
    "increase(porter_host_repairs_total[1h])",
    "{{instance}}",
  ]]),
  series("Memory", [["process_resident_memory_bytes", "{{instance}}"]], "bytes"),
  series("CPU", [["rate(process_cpu_seconds_total[$__rate_interval])", "{{instance}}"]]),
];

function stat(title: string, queries: Panel["queries"]): Panel {
  return { title, kind: "stat", width: 4, queries };
}

function series(title: string, queries: Panel["queries"], unit = "short"): Panel {
  return { title, kind: "timeseries", width: 12, unit, queries };
}

/** The dashboard as Grafana imports it; it asks for the Prometheus to use. */
export function dashboardFile(): string {
  let [x, y] = [0, 0];
  const placed = panels.map((panel, index) => {
    const height = panel.kind === "stat" ? 4 : 8;
    if (x + panel.width > 24) {
      y += 8;
      x = 0;
    }
    const gridPos = { x, y, w: panel.width, h: height };
    x += panel.width;
    if (x === 24) {
      y += height;
      x = 0;
    }
    return panelObject(panel, { index, gridPos });
  });
  const dashboard = {
    title: "porter",
    uid: "porter",
    tags: ["porter", "bgp"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" }],
    },
    panels: placed,
  };
  return JSON.stringify(dashboard, null, 2) + "\n";
}

function panelObject(
  { title, kind, unit = "short", queries }: Panel,
  at: { readonly index: number; readonly gridPos: unknown },
): unknown {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  return {
    id: at.index + 1,
    title,
    type: kind,
    datasource,
    gridPos: at.gridPos,
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: queries.map(([expr, legend], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      ...(legend === "" ? {} : { legendFormat: legend }),
      ...(kind === "table" ? { format: "table", instant: true } : {}),
    })),
  };
}

// Mackerel monitors of several types. The second policy turns one into another type, which is another monitor.
import { webPolicy } from "../../scenarios/estate.ts";
import type { Scene } from "./common.ts";

function withMonitors(critical: number, third: string): string {
  return webPolicy({
    extra: `  mackerel:
    monitors:
      - type: host
        name: cpu of \${service.name}
        metric: container.cpu.app.usage
        operator: ">"
        critical: ${critical}
        duration: 3
        scopes: ["web:\${service.name}", web-extra]
      - type: external
        name: GET /health of \${service.name}
        memo: "the runbook: https://e.jp/${critical}"
        url: https://\${service.name}.e.jp/health
        headers: [{ name: X-B, value: "2" }, { name: X-A, value: "1" }]
${third}
`,
  });
}

export const mackerelMonitorScene: Scene = {
  first: withMonitors(
    80,
    `      - { type: expression, name: "errors of \${service.name}", expression: "service(web, errors.\${service.name})", operator: ">", warning: 0.5 }`,
  ),
  second: withMonitors(
    90,
    `      - { type: query, name: "errors of \${service.name}", query: "errors{service=\\"\${service.name}\\"}", legend: cpu, operator: ">", warning: 0.5 }`,
  ),
  nobody: webPolicy({ services: '"none-*"' }),
};

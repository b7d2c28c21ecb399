import { describe, expect, test } from "vitest";
import { DomainError } from "../../domain/kernel/errors.ts";
import { countFailures, createMetrics } from "./metrics.ts";

const REQUEST = { method: "GET", route: "/projects/:id", status: 200, seconds: 0.003 };

describe("the metrics", () => {
  test("count requests by method, route and status", () => {
    const metrics = createMetrics({});
    metrics.countRequest(REQUEST);
    metrics.countRequest(REQUEST);
    metrics.countRequest({ ...REQUEST, status: 404 });
    const text = metrics.text();
    const series = 'trainyard_http_requests_total{method="GET",route="/projects/:id"';
    expect(text).toContain(`${series},status="200"} 2\n`);
    expect(text).toContain(`${series},status="404"} 1\n`);
  });

  test("count durations in cumulative buckets", () => {
    const metrics = createMetrics({});
    for (const seconds of [0.001, 0.003, 0.2, 11]) metrics.countRequest({ ...REQUEST, seconds });
    const series = 'trainyard_http_request_duration_seconds_bucket{method="GET"';
    const counts = metrics.text().split("\n")
      .filter((line) => line.startsWith(series))
      .map((line) => [/le="([^"]+)"/.exec(line)![1], Number(line.split(" ").at(-1))]);
    expect(Object.fromEntries(counts)).toMatchObject({
      "0.001": 1,
      "0.0025": 1,
      "0.005": 2,
      "0.25": 3,
      "10": 3,
      "+Inf": 4,
    });
    expect(metrics.text()).toMatch(/_seconds_count\{[^}]*\} 4\n/);
    expect(metrics.text()).toMatch(/_seconds_sum\{[^}]*\} 11\.2\d*\n/);
  });

  test("tell the build and the memory", () => {
    const metrics = createMetrics({ commit: 'abc"\\\n' });
    metrics.countCreation();
    const text = metrics.text();
    expect(text).toContain("trainyard_training_jobs_created_total 1\n");
    expect(text).toContain(
      `trainyard_build_info{commit="abc\\"\\\\\\n",deno="${Deno.version.deno}"} 1\n`,
    );
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d{6,}$/m);
    expect(text).toMatch(/^process_start_time_seconds 1\d{9}/m);
  });

  test("are in Prometheus' text format, each family once", () => {
    const metrics = createMetrics({});
    metrics.countRequest(REQUEST);
    metrics.countRequest({ ...REQUEST, route: "none" });
    const lines = metrics.text().trimEnd().split("\n");
    const SAMPLE = /^[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [\d.e+-]+$/;
    for (const line of lines) {
      expect(line).toMatch(line.startsWith("#") ? /^# (HELP|TYPE) [a-z_]+ .+$/ : SAMPLE);
    }
    const families = lines.filter((line) => line.startsWith("# TYPE"));
    expect(new Set(families).size).toBe(families.length);
  });
});

describe("a port whose failures are counted", () => {
  const unavailable = new DomainError("unavailable", { key: "unavailable", what: "volume" });
  const failures = (text: string) => /unavailable_total\{what="volume"\} (\d+)/.exec(text)![1];

  test("works as before; only unavailable counts as a failure", async () => {
    const metrics = createMetrics({});
    const port = countFailures({
      own: "x",
      ping() {
        return Promise.resolve(this.own);
      },
      fail: () => Promise.reject(unavailable),
      refuse: () => Promise.reject(new TypeError("a bug")),
    }, metrics);
    expect(await port.ping()).toBe("x");
    await expect(port.fail()).rejects.toBe(unavailable);
    await expect(port.refuse()).rejects.toThrow(TypeError);
    expect(failures(metrics.text())).toBe("1");
  });
});

import { DomainError, type Problems } from "../../domain/kernel/errors.ts";

/** Upper bounds of the histogram's buckets, in seconds: from a static file to a hung database. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface RequestFacts {
  /** One of few: whoever sends requests must not be able to make series without end. */
  method: string;
  /** The pattern, never the path. */
  route: string;
  status: number;
  seconds: number;
}

type Unavailable = Problems["unavailable"]["what"];

/** What this process has done since it started. */
export interface Metrics {
  countRequest(facts: RequestFacts): void;
  countCreation(): void;
  /** A call of the database, the volume or the datasets worker failed. */
  countFailure(what: Unavailable): void;
  /** All of it in Prometheus' text format, version 0.0.4. */
  text(): string;
}

type Labels = Record<string, string | number>;

interface Histogram {
  /** Requests by the first bucket they fit in; the last is for those that fit in none. */
  counts: number[];
  sum: number;
}

export function createMetrics({ commit = "unknown" }: { commit?: string | undefined }): Metrics {
  const startSeconds = Date.now() / 1000;
  const requests = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  const failures: Record<Unavailable, number> = { database: 0, volume: 0, datasets: 0 };
  let creations = 0;

  return {
    countRequest({ method, route, status, seconds }) {
      const request = labels({ method, route, status });
      requests.set(request, (requests.get(request) ?? 0) + 1);
      const key = labels({ method, route });
      const histogram = durations.get(key) ??
        { counts: Array(BUCKETS.length + 1).fill(0), sum: 0 };
      const fits = BUCKETS.findIndex((bound) => seconds <= bound);
      const bucket = fits === -1 ? BUCKETS.length : fits;
      histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.sum += seconds;
      durations.set(key, histogram);
    },
    countCreation() {
      creations++;
    },
    countFailure(what) {
      failures[what]++;
    },
    text() {
      const { rss, heapUsed } = Deno.memoryUsage();
      return [
        family("trainyard_http_requests_total", "counter", "Requests answered.", [
          ...requests,
        ]),
        histogramFamily(durations),
        family("trainyard_training_jobs_created_total", "counter", "Training jobs created.", [
          ["", creations],
        ]),
        family(
          "trainyard_unavailable_total",
          "counter",
          "Calls of the database, the output volume or the datasets that were not answered.",
          Object.entries(failures).map(([what, count]) => [labels({ what }), count]),
        ),
        family("process_resident_memory_bytes", "gauge", "Resident memory.", [["", rss]]),
        family("trainyard_heap_used_bytes", "gauge", "Memory of JavaScript objects.", [
          ["", heapUsed],
        ]),
        family("process_start_time_seconds", "gauge", "When the process started (Unix time).", [
          ["", startSeconds],
        ]),
        family("trainyard_build_info", "gauge", "What is running.", [
          [labels({ commit, deno: Deno.version.deno }), 1],
        ]),
      ].join("");
    },
  };
}

function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  samples: [labels: string, value: number][],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function histogramFamily(durations: Map<string, Histogram>): string {
  const name = "trainyard_http_request_duration_seconds";
  let text = `# HELP ${name} Time until the answer began.\n# TYPE ${name} histogram\n`;
  for (const [labels, { counts, sum }] of durations) {
    let count = 0;
    counts.forEach((own, index) => {
      count += own;
      text += `${name}_bucket{${labels},le="${BUCKETS[index] ?? "+Inf"}"} ${count}\n`;
    });
    text += `${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${count}\n`;
  }
  return text;
}

function labels(values: Labels): string {
  return Object.entries(values).map(([name, value]) => `${name}="${escape(String(value))}"`)
    .join(",");
}

function escape(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`);
}

/** A port whose `unavailable` failures are counted. */
export function countFailures<T extends object>(port: T, metrics: Metrics): T {
  const count = (error: unknown) => {
    if (!(error instanceof DomainError) || error.problem.key !== "unavailable") return;
    metrics.countFailure(error.problem.what);
  };
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        const answer: unknown = value.apply(target, given);
        if (answer instanceof Promise) answer.catch(count);
        return answer;
      };
    },
  });
}

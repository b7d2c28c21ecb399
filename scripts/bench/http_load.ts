/** Where a server listens. */
export interface Address {
  hostname: string;
  port: number;
}

export interface Load {
  connections: number;
  seconds: number;
  /** Returns the bytes of the next request. */
  request: () => Uint8Array;
  /** The expected status. */
  status: number;
}

export interface Outcome {
  /** Responses per second. */
  rate: number;
  /** Response times in milliseconds, ascending. */
  latencies: Float64Array;
  /** Responses with an unexpected status; not counted anywhere else. */
  failed: number;
  /** Mean response size with headers, in bytes. */
  bytes: number;
}

/**
 * Sends HTTP/1.1 requests back to back on each connection. Does as little work as possible, because
 * it shares the machine with the server. Throws when no response has the expected status.
 */
export async function load(address: Address, options: Load): Promise<Outcome> {
  const latencies: number[] = [];
  let bytes = 0;
  let failed = 0;
  let failure = "";
  const start = performance.now();
  const end = start + options.seconds * 1000;
  await Promise.all(Array.from({ length: options.connections }, async () => {
    using connection = await connect(address);
    let now = performance.now();
    while (now < end) {
      const answer = await connection.ask(options.request());
      const answered = performance.now();
      if (answer.status === options.status) {
        latencies.push(answered - now);
        bytes += answer.bytes;
      } else {
        failed++;
        failure = answer.head;
      }
      now = answered;
    }
  }));
  if (latencies.length === 0) throw unexpected(options.status, failure);
  return {
    failed,
    rate: latencies.length / (performance.now() - start) * 1000,
    latencies: Float64Array.from(latencies).sort(),
    bytes: bytes / latencies.length,
  };
}

function unexpected(status: number, head: string): Error {
  return new Error(`expected ${status}, got: ${head}`);
}

/** Sends requests one at a time on one connection and returns their times in milliseconds. Throws
 * on an unexpected status. */
export async function askInTurn(
  address: Address,
  { count, request, status }: { count: number } & Pick<Load, "request" | "status">,
): Promise<number[]> {
  using connection = await connect(address);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const answer = await connection.ask(request());
    times.push(performance.now() - start);
    if (answer.status !== status) throw unexpected(status, answer.head);
  }
  return times;
}

interface Connection extends Disposable {
  /** Sends a request and reads the complete response. */
  ask(request: Uint8Array): Promise<Answer>;
}

interface Answer {
  status: number;
  head: string;
  /** Total size with headers. */
  bytes: number;
}

const latin1 = new TextDecoder("latin1");

async function connect(address: Address): Promise<Connection> {
  const socket = await Deno.connect(address);
  socket.setNoDelay(true);
  const buffer = new Uint8Array(256 * 1024);
  return {
    async ask(request) {
      await writeAll(socket, request);
      let filled = 0;
      let answer: Answer | undefined;
      while (!answer || filled < answer.bytes) {
        const read = await socket.read(buffer.subarray(filled));
        if (read === null) throw new Error("the server closed the connection");
        filled += read;
        answer ??= parseHead(buffer.subarray(0, filled));
      }
      return answer;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await socket.write(bytes.subarray(written));
  }
}

/** Parses the response header; `undefined` while it is incomplete. */
function parseHead(begun: Uint8Array): Answer | undefined {
  const text = latin1.decode(begun.subarray(0, 4096));
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length === undefined) throw new Error(`an answer without a length: ${head}`);
  return { status: Number(head.slice(9, 12)), head, bytes: end + 4 + Number(length) };
}

/** Encodes a request. */
export function httpRequest(
  method: string,
  path: string,
  { headers, body = "" }: { headers: Record<string, string>; body?: string },
): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const all: Record<string, string> = {
    Host: "localhost",
    ...headers,
    ...(method !== "GET" && { "Content-Length": String(bytes.length) }),
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const encodedHead = new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  const request = new Uint8Array(encodedHead.length + bytes.length);
  request.set(encodedHead);
  request.set(bytes, encodedHead.length);
  return request;
}

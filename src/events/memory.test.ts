import { busConformance } from "../../tests/conformance/events/bus.ts";
import { createEventBus } from "./memory.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

busConformance("in memory", () => {
  const bus = createEventBus(log);
  return Promise.resolve({
    bus,
    change: (id) => Promise.resolve(bus.publish([{ type: "project.changed", project_id: id }])),
    close: () => Promise.resolve(),
  });
});

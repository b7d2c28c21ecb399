import { describe, expect, test } from "vitest";
import {
  broken,
  create,
  expectJobs,
  refusal,
  unavailable,
} from "../../../tests/support/operations.ts";
import { moveTo, openWorld } from "../../../tests/support/world.ts";
import { removePendingOutputs } from "../outputs/removal.ts";
import { cancelTrainingJob } from "./cancel.ts";
import { deleteTrainingJob } from "./delete.ts";
import type { Status } from "./status.ts";

describe("cancelling and deleting a training job", () => {
  const REFUSED: [string, Status][] = [
    ["cancel", "completed"],
    ["cancel", "failed"],
    ["cancel", "cancelled"],
    ["delete", "running"],
  ];
  const ALLOWED: [string, Status][] = [
    ["cancel", "pending"],
    ["cancel", "running"],
    ["delete", "pending"],
    ["delete", "completed"],
    ["delete", "failed"],
    ["delete", "cancelled"],
  ];
  const OPERATIONS = { cancel: cancelTrainingJob, delete: deleteTrainingJob };

  /** A world with one job in a status. */
  async function worldWithJob(status: Status) {
    const world = await openWorld();
    const { job } = await create(world, world.input());
    await moveTo(world, { id: job.id, status });
    return { world, target: { actor: world.actor, id: job.id } };
  }

  test.each(REFUSED)("refuses to %s one that is %s, and changes nothing", async (verb, status) => {
    const { world, target } = await worldWithJob(status);
    await using _ = world;
    const before = await world.rows();
    expect(await refusal(OPERATIONS[verb as "cancel" | "delete"](world.deps, target)))
      .toBe(`conflict: Cannot ${verb} job with status '${status}'`);
    expect(await world.rows()).toStrictEqual(before);
    await expectJobs(world, 1);
  });

  test.each(ALLOWED)("can %s one that is %s", async (verb, status) => {
    const { world, target } = await worldWithJob(status);
    await using _ = world;
    const [before] = await world.rows();
    const later = "2024-01-18T16:00:00.000Z";
    const deps = { ...world.deps, now: () => new Date(later) };
    const answer = await OPERATIONS[verb as "cancel" | "delete"](deps, target);
    const cancelled = { ...before, status: "cancelled", updated_at: later, completed_at: later };
    expect(answer).toStrictEqual(verb === "cancel" ? cancelled : undefined);
    expect(await world.rows()).toStrictEqual(verb === "cancel" ? [cancelled] : []);
    await expectJobs(world, verb === "cancel" ? 1 : 0);
  });

  test.each(["cancel", "delete"] as const)(
    "says not found to %s another user's job, and none",
    async (verb) => {
      const { world, target } = await worldWithJob("pending");
      await using _ = world;
      const stranger = { kind: "user", id: world.strangerId } as const;
      for (const wrong of [{ actor: stranger }, { id: 999 }]) {
        expect(await refusal(OPERATIONS[verb](world.deps, { ...target, ...wrong })))
          .toBe("not_found: Training job not found");
      }
      expect((await world.rows())[0]!.status).toBe("pending");
      await expectJobs(world, 1);
    },
  );

  test("a deleted job stays deleted though its directory cannot be removed", async () => {
    const { world, target } = await worldWithJob("failed");
    await using _ = world;
    const { deps } = broken(world, () => ({
      volume: { remove: () => Promise.reject(unavailable("volume")) },
    }));
    await deleteTrainingJob(deps, target);
    expect(await world.rows()).toEqual([]);
    expect(world.logged).toEqual([
      "warn: an output directory could not be removed; it is tried again",
    ]);
    await removePendingOutputs(world.deps);
    await expectJobs(world, 0);
  });
});

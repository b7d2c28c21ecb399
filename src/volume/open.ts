import type { Volume } from "../domain/volume.ts";
import { openLocalVolume } from "./local.ts";

/** Where output directories live, as `OUTPUTS_URL` said. */
export type VolumeLocation = { kind: "local"; root: string };

export function openVolume(location: VolumeLocation): Volume {
  return openLocalVolume(location.root);
}

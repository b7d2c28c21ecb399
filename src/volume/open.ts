import type { Volume } from "../domain/outputs/volume.ts";
import { openLocalVolume } from "./local.ts";
import type { S3Location } from "./s3.ts";

/** Where output directories live, as `OUTPUTS_URL` said. */
export type VolumeLocation = { kind: "local"; root: string } | S3Location;

export async function openVolume(location: VolumeLocation): Promise<Volume> {
  if (location.kind === "local") return openLocalVolume(location.root);
  // The S3 SDK is the heaviest module to load: only with a bucket.
  const { openS3Volume } = await import("./s3.ts");
  return openS3Volume(location);
}

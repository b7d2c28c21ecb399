import {
  bucket,
  defineRailway,
  github,
  postgres,
  preserve,
  project,
  ref,
  service,
  volume,
} from "railway/iac";

/**
 * Where output directories are stored. A volume is a simple disk, but it allows one replica, and
 * each deployment must wait until the previous one has stopped. A bucket allows several replicas
 * and deployments without downtime.
 */
type Outputs = "volume" | "bucket";

interface Choice {
  outputs: Outputs;
  /** `owner/name` of your fork on GitHub. Without it, `railway up` deploys the current folder. */
  repository?: string;
}

/** Edit this line. */
export default trainyard({ outputs: "volume" });

/** Trainyard on Railway: the server, a Postgres database, and a volume or bucket for outputs. */
export function trainyard({ outputs, repository }: Choice) {
  return defineRailway(() => {
    const database = postgres("postgres");
    const place = outputs === "volume" ? onVolume() : onBucket();
    const server = service("trainyard", {
      ...(repository && { source: github(repository) }),
      build: { builder: "DOCKERFILE", dockerfilePath: "Dockerfile" },
      ...place.config,
      deploy: {
        // A failing migration stops the deployment while the old one still serves.
        preDeployCommand: ["deno run --cached-only -RWNES --allow-ffi scripts/migrate.ts"],
        // Polled until the first 200: checks that database and outputs are reachable.
        healthcheckPath: "/readyz",
        healthcheckTimeout: 120,
        restartPolicyType: "ON_FAILURE",
        restartPolicyMaxRetries: 10,
        // Longer than the 5 seconds that the server needs at most to finish its requests.
        drainingSeconds: 15,
        ...place.deploy,
      },
      env: {
        DATABASE_URL: database.env.DATABASE_URL,
        // Set by hand before the first `apply`: a secret must not be in a file.
        JWT_SECRET: preserve(),
        PUBLIC_URL: "https://${{RAILWAY_PUBLIC_DOMAIN}}",
        // Create the first account with the link in the log. Set to open while others register.
        SIGNUP: "closed",
        // All requests pass Railway's edge, which sets X-Real-IP to the client's address.
        TRUST_PROXY: "true",
        ...place.env,
      },
    });
    return project("trainyard", { resources: [database, server, place.resource] });
  });
}

function onVolume() {
  const path = "/app/outputs";
  // Its size depends on the plan and can grow later without downtime.
  const resource = volume("outputs");
  return {
    resource,
    config: { replicas: 1, volumeMounts: { [path]: resource } },
    // A volume allows one deployment at a time.
    deploy: { overlapSeconds: 0, requiredMountPath: path },
    env: {
      OUTPUTS_URL: `file:${path}`,
      // Railway mounts volumes as root, so the image's user could not write to them.
      RAILWAY_RUN_UID: "0",
    },
  };
}

function onBucket() {
  const resource = bucket("outputs", { region: "iad" });
  return {
    resource,
    config: { replicas: 2 },
    // The old deployment keeps serving until the edge routes to the new one.
    deploy: { overlapSeconds: 10 },
    env: {
      // Railway's buckets use virtual-hosted URLs, hence `path_style=false`.
      OUTPUTS_URL: "s3://${{outputs.BUCKET}}/outputs?endpoint=${{outputs.ENDPOINT}}" +
        "&region=${{outputs.REGION}}&path_style=false",
      AWS_ACCESS_KEY_ID: ref(resource, "ACCESS_KEY_ID"),
      AWS_SECRET_ACCESS_KEY: ref(resource, "SECRET_ACCESS_KEY"),
    },
  };
}

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
 * Where output directories live. A volume is a disk: simple, but it belongs to one replica, and each
 * deployment waits for the one before to end. A bucket lets several replicas run and change places
 * without a gap.
 */
type Outputs = "volume" | "bucket";

interface Choice {
  outputs: Outputs;
  /** `owner/name` of your copy on GitHub. Without one, `railway up` deploys the folder it is run in. */
  repository?: string;
}

/** Edit this line. */
export default trainyard({ outputs: "volume" });

/** Trainyard on Railway: the server, its Postgres, and a place for outputs. */
export function trainyard({ outputs, repository }: Choice) {
  return defineRailway(() => {
    const database = postgres("postgres");
    const place = outputs === "volume" ? onVolume() : onBucket();
    const server = service("trainyard", {
      ...(repository && { source: github(repository) }),
      build: { builder: "DOCKERFILE", dockerfilePath: "Dockerfile" },
      ...place.config,
      deploy: {
        // A migration that fails stops the deployment while the old one still serves.
        preDeployCommand: ["deno run --cached-only -RWNES --allow-ffi scripts/migrate.ts"],
        // Asked until the first 200 and never again: whether database and outputs can be reached.
        healthcheckPath: "/readyz",
        healthcheckTimeout: 120,
        restartPolicyType: "ON_FAILURE",
        restartPolicyMaxRetries: 10,
        // Longer than the 5 seconds the server takes at most to end what it has begun.
        drainingSeconds: 15,
        ...place.deploy,
      },
      env: {
        DATABASE_URL: database.env.DATABASE_URL,
        // Set once, by hand, before the first `apply`: it must not stand in a file.
        JWT_SECRET: preserve(),
        PUBLIC_URL: "https://${{RAILWAY_PUBLIC_DOMAIN}}",
        // The first account is made with the link in the log. Open it while others register.
        SIGNUP: "closed",
        // Railway's edge says in X-Real-IP who is asking; nobody gets past it.
        TRUST_PROXY: "true",
        ...place.env,
      },
    });
    return project("trainyard", { resources: [database, server, place.resource] });
  });
}

function onVolume() {
  const path = "/app/outputs";
  // As large as the plan gives; it can grow later without a stop.
  const resource = volume("outputs");
  return {
    resource,
    config: { replicas: 1, volumeMounts: { [path]: resource } },
    // A volume serves one deployment at a time.
    deploy: { overlapSeconds: 0, requiredMountPath: path },
    env: {
      OUTPUTS_URL: `file:${path}`,
      // Volumes are mounted as root, and the image's user could not write to them.
      RAILWAY_RUN_UID: "0",
    },
  };
}

function onBucket() {
  const resource = bucket("outputs", { region: "iad" });
  return {
    resource,
    config: { replicas: 2 },
    // The old deployment answers until the edge has found the new one.
    deploy: { overlapSeconds: 10 },
    env: {
      // Railway's buckets have their name in the host, hence `path_style=false`.
      OUTPUTS_URL: "s3://${{outputs.BUCKET}}/outputs?endpoint=${{outputs.ENDPOINT}}" +
        "&region=${{outputs.REGION}}&path_style=false",
      AWS_ACCESS_KEY_ID: ref(resource, "ACCESS_KEY_ID"),
      AWS_SECRET_ACCESS_KEY: ref(resource, "SECRET_ACCESS_KEY"),
    },
  };
}

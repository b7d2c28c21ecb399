# The production server. It uses three folders:
#   /app/datasets  DATASETS_DIR; contains the sample datasets unless you mount your own here
#   /app/outputs   output directories: mount a volume here, or set OUTPUTS_URL to a bucket
#   /app/data      the libSQL file: mount a volume here, or set DATABASE_URL to a database server
# There is no VOLUME instruction because Railway rejects images that have one.
#
#   docker build -t trainyard .
#   docker run -p 8000:8000 -e JWT_SECRET="$(openssl rand -base64 48)" \
#     -v trainyard-data:/app/data -v trainyard-outputs:/app/outputs trainyard

# Installs the packages of the lock file. Their archives stay in this stage.
FROM denoland/deno:debian-2.9.6 AS packages
WORKDIR /app
COPY deno.json deno.lock ./
RUN deno install --frozen

FROM denoland/deno:debian-2.9.6
# Mounted folders usually belong to uid 1000; the base image's user has uid 1993.
RUN useradd --uid 1000 --no-create-home trainyard
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY deno.json deno.lock ./
COPY migrations migrations
COPY sample_datasets datasets
COPY scripts/migrate.ts scripts/doctor.ts scripts/backup.ts scripts/restore.ts \
     scripts/compare_outputs.ts scripts/copying.ts scripts/database_file.ts scripts/finding.ts scripts/
COPY static static
COPY views views
COPY src src
ENV APP_ENV=production \
    DATABASE_URL=file:/app/data/trainyard.db \
    DATASETS_DIR=/app/datasets \
    DENO_DIR=/app/.deno \
    DENO_NO_UPDATE_CHECK=1 \
    OUTPUTS_URL=file:/app/outputs
# Compiles to JavaScript at build time: this halves the start time, which then needs neither network
# nor a writable cache.
RUN deno cache --frozen --node-modules-dir=manual src/main.ts src/datasets/worker.ts \
    scripts/migrate.ts scripts/doctor.ts scripts/backup.ts scripts/restore.ts
RUN install -d -o 1000 -g 1000 data outputs
# A numeric id, so that platforms can verify that it is not root. Root owns everything except data
# and outputs, so the rest is read-only. Railway mounts volumes as root: set RAILWAY_RUN_UID=0 there
# to override this line.
USER 1000:1000
EXPOSE 8000
# Checks only that the process is alive. /readyz also checks the database, but a restart would not
# fix that.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["deno", "eval", "--cached-only", "const { status } = await fetch(`http://127.0.0.1:${Deno.env.get('PORT') || 8000}/healthz`); Deno.exit(status === 200 ? 0 : 1)"]
# The command of `deno task start`, without a shell, so that signals reach the server.
ENTRYPOINT ["deno", "run", "--cached-only", "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=20", "-RWNES", "--allow-ffi", "src/main.ts"]

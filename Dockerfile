# The production server. Three folders matter at run time:
#   /app/datasets  what DATASETS_DIR points at: the samples, until you mount your own over them
#   /app/outputs   output directories: mount a volume here, or set OUTPUTS_URL to a bucket
#   /app/data      the libSQL file, when DATABASE_URL names no database server: mount a volume here
# No VOLUME names them: Railway refuses images that have one.
#
#   docker build -t trainyard .
#   docker run -p 8000:8000 -e JWT_SECRET="$(openssl rand -base64 48)" \
#     -v trainyard-data:/app/data -v trainyard-outputs:/app/outputs trainyard

# The packages of the lock file. Their archives stay behind in this stage.
FROM denoland/deno:debian-2.9.6 AS packages
WORKDIR /app
COPY deno.json deno.lock ./
RUN deno install --frozen

FROM denoland/deno:debian-2.9.6
# The image's own user has uid 1993; 1000 is what mounted folders commonly belong to.
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
# Translated here once, so that a start takes half the time and needs neither network nor a folder to
# write to.
RUN deno cache --frozen --node-modules-dir=manual src/main.ts src/datasets/worker.ts \
    scripts/migrate.ts scripts/doctor.ts scripts/backup.ts scripts/restore.ts
RUN install -d -o 1000 -g 1000 data outputs
# By number, so that platforms which refuse root can see that it is not. Everything but data and
# outputs belongs to root and is read alone. Railway mounts its volumes as root: there the service
# needs the variable RAILWAY_RUN_UID=0, which overrides this line.
USER 1000:1000
EXPOSE 8000
# Whether the process is alive. A database that is away is for /readyz to tell: restarting this does
# not bring it back.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["deno", "eval", "--cached-only", "const { status } = await fetch(`http://127.0.0.1:${Deno.env.get('PORT') || 8000}/healthz`); Deno.exit(status === 200 ? 0 : 1)"]
# What `deno task start` runs, without a shell in between: signals reach the server itself.
ENTRYPOINT ["deno", "run", "--cached-only", "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=20", "-RWNES", "--allow-ffi", "src/main.ts"]

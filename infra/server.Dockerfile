# The server with the built app: nothing of what builds, tests or draws it. The context is the top of the repository.

# What npm reads to install: a layer of its own, so that a changed source file installs nothing anew.
FROM node:24-slim AS manifests
WORKDIR /maru
COPY package.json package-lock.json ./
COPY packages/api-types/package.json packages/api-types/
COPY apps/pwa/package.json apps/pwa/
COPY apps/server/package.json apps/server/
COPY e2e/package.json e2e/
COPY bench/package.json bench/
COPY demo/package.json demo/

# No install scripts: the only one in the lockfile brings a Node, and there is one here.
FROM manifests AS app
RUN --mount=type=cache,target=/root/.npm \
  npm ci --workspace apps/pwa --ignore-scripts --no-audit --no-fund --loglevel error
COPY tsconfig.base.json ./
COPY packages packages
COPY apps apps
RUN cd apps/pwa && ../../node_modules/.bin/vite build --logLevel warn

# tRPC has TypeScript among its peers, for its types. Nothing here compiles: types and maps can go.
FROM manifests AS packages
RUN --mount=type=cache,target=/root/.npm \
  npm ci --workspace apps/server --omit dev --ignore-scripts --no-audit --no-fund --loglevel error && \
  cd node_modules && rm -r typescript @typescript @types undici-types && \
  find . -type f '(' -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' ')' -delete

FROM node:24-slim
WORKDIR /maru
COPY --from=packages /maru/node_modules node_modules
COPY --from=app /maru/packages/api-types packages/api-types
COPY --from=app /maru/apps/server apps/server
COPY --from=app /maru/apps/pwa/dist apps/pwa/dist
COPY infra/doctor /usr/local/bin/doctor
USER 1000:1000
# A burst of joins would have V8 grow its young generation to 128 MB, and keep it. The same in scripts/start.mjs.
ENTRYPOINT ["node", "--max-semi-space-size=8", "apps/server/src/main.ts"]

# ecsmon as an image: `docker build -t ecsmon .`, and manifests/ for running it on ECS.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package's own install scripts: the bundler's binary comes as a package.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.mjs ./
COPY controller controller
# A bundle that needs nothing of node_modules.
RUN npm run build

FROM ${NODE_IMAGE}
# git and ssh read policies from Git; nothing installs or builds anything here.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && rm -rf /usr/local/lib/node_modules /usr/local/include/node /opt/yarn-* \
 && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && groupadd --gid 10001 ecsmon \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin ecsmon \
 && ln -s /app/dist/main.js /usr/local/bin/ecsmon
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=build /src/dist dist
ENV NODE_ENV=production \
    HOME=/tmp \
    TMPDIR=/tmp
# The one place that is written to. ECS gives a volume on it the permissions of the image's folder: everyone's.
VOLUME ["/tmp"]
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# For engines that ask; ECS takes its health checks from the task definition.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/ecsmon/operator.yaml"]

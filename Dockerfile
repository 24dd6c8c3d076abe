# ecsmon as a command: `docker run ecsmon plan --policies /policies`.
FROM node:22-slim AS build
WORKDIR /src
COPY package.json package-lock.json build.mjs LICENSE ./
COPY controller controller
# npm's own lifecycle builds dist/: a bundle that needs nothing of node_modules.
RUN npm ci

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /opt/ecsmon
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/dist dist
COPY crds crds
RUN ln -s /opt/ecsmon/dist/main.js /usr/local/bin/ecsmon
USER node
WORKDIR /work
ENTRYPOINT ["ecsmon"]
